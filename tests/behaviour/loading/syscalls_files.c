/*
 * sendfile and splice, which have no non-blocking form: a part of syscalls_victim. A kernel timer is
 * armed and restored around each real call.
 */
#include "config.h"

#include "loading/syscalls_victim.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

static char buffer[65536];

static void drain_pipe(int fd)
{
	make_nonblocking(fd, true);
	while (read(fd, buffer, sizeof buffer) > 0)
		;
	make_nonblocking(fd, false);
}

void files(int fd, int peer)
{
	const int file = memfd_create("test", 0);
	int ends[2];

	ck_assert_int_eq(write(file, "xxxx", 4), 4);
	ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
	ck_assert_int_eq(pipe(ends), 0);
	/* The end that the socket is spliced into is known to be no socket. */
	ck_assert_int_eq(write(ends[1], "xxxx", 4), 4);
	ck_assert_int_eq(read(ends[0], buffer, 1), 1);
	TAKES("sendfile, blocking, first", 3, 1, sendfile(fd, file, NULL, 1));
	TAKES("sendfile, blocking", 2, 1, sendfile(fd, file, NULL, 1));
	TAKES("sendfile of all there is, blocking", 4, 2, sendfile(fd, file, NULL, 4096));
	TAKES("splice to a socket, blocking", 2, 1, splice(ends[0], NULL, fd, NULL, 1, 0));
	TAKES("splice of all there is, blocking", 3, 2,
	      splice(ends[0], NULL, fd, NULL, 4096, 0));
	ck_assert_int_eq(send(peer, "xx", 2, 0), 2);
	TAKES("splice from a socket, blocking, first", 3, 1,
	      splice(fd, NULL, ends[1], NULL, 1, 0));
	TAKES("splice from a socket, blocking", 2, 1, splice(fd, NULL, ends[1], NULL, 1, 0));
	ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
	make_nonblocking(fd, true);
	TAKES("sendfile, non-blocking", 0, 1, sendfile(fd, file, NULL, 1));
	TAKES("splice to a socket, non-blocking", 0, 1, splice(ends[0], NULL, fd, NULL, 1, 0));
	TAKES("splice, EAGAIN", 0, -1, splice(fd, NULL, ends[1], NULL, 1, 0));
	make_nonblocking(fd, false);
	drain(peer);
}

#define MUCH (1 << 20)
/* So much a real call is asked for. */
#define PIECE (1 << 16)

/* There is room for them at once. */
static void much_at_once(int fd, int file, const int ends[2])
{
	static const struct {
		size_t count;
		const char *sendfile, *splice;
	} cases[] = {
		{1, "sendfile of a byte, blocking", "splice of a byte, blocking"},
		{65536, "sendfile of 64 KiB, blocking", "splice of 64 KiB, blocking"},
		{MUCH, "sendfile of 1 MiB, blocking", "splice of 1 MiB, blocking"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const long count = (long)cases[i].count;

		const int pieces = (int)((cases[i].count + PIECE - 1) / PIECE);

		TAKES(cases[i].sendfile, 3 * pieces, count,
		      sendfile(fd, file, &(off_t){0}, cases[i].count));
		ck_assert_int_eq(splice(file, &(off64_t){0}, ends[1], NULL, cases[i].count, 0),
				 count);
		TAKES(cases[i].splice, 4 * pieces, count,
		      splice(ends[0], NULL, fd, NULL, cases[i].count, 0));
	}
	/* All there is. */
	TAKES("sendfile to the end, blocking", 3 * MUCH / PIECE + 3, MUCH,
	      sendfile(fd, file, &(off_t){0}, 0x7ffff000));
	ck_assert_int_eq(splice(file, &(off64_t){0}, ends[1], NULL, MUCH, 0), MUCH);
	TAKES("splice of all, blocking", 4 * MUCH / PIECE, MUCH,
	      splice(ends[0], NULL, fd, NULL, 0x7ffff000, 0));
}

/* There is none. */
static void much_waiting(int fd, int peer, int file, const int ends[2])
{
	pid_t child;

	for (int i = 0; i < 2; i++) {
		stuff(fd);
		child = when_blocked(drain, peer);
		TAKES("sendfile of 64 KiB, waiting", 8, 65536,
		      sendfile(fd, file, &(off_t){0}, 65536));
		done(child);
		stuff(fd);
		child = when_blocked(drain, peer);
		ck_assert_int_eq(splice(file, &(off64_t){0}, ends[1], NULL, 65536, 0), 65536);
		TAKES("splice of 64 KiB, waiting", 8, 65536,
		      splice(ends[0], NULL, fd, NULL, 65536, 0));
		done(child);
	}
	drain(peer);
}

static void much_from(int fd, int peer, int file, const int ends[2])
{
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(sendfile(peer, file, &(off_t){0}, MUCH), MUCH);
		TAKES(i == 0 ? "splice of 1 MiB from a socket, blocking, first"
			     : "splice of 1 MiB from a socket, blocking",
		      3, true, splice(fd, NULL, ends[1], NULL, MUCH, 0) > 0);
		drain(fd);
		drain_pipe(ends[0]);
	}
}

void files_much(int family)
{
	const int file = memfd_create("test", 0);
	int pair[2], ends[2];

	/* Where this is not allowed there is not room for all that at once. */
	const int room = 8 * MUCH;

	stream_pair(family, pair);
	if (setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0)
		return;
	ck_assert_int_eq(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room),
			 0);
	ck_assert_int_eq(ftruncate(file, MUCH), 0);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_ge(fcntl(ends[1], F_SETPIPE_SZ, MUCH), MUCH);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_int_eq(read(ends[0], buffer, 1), 1);
	much_at_once(pair[0], file, ends);
	drain(pair[1]);
	much_waiting(pair[0], pair[1], file, ends);
	much_from(pair[0], pair[1], file, ends);
}
