/*
 * sendfile and splice in slices (src/shim/io/slice.h): the whole deadline however a peer drips, and
 * whatever the socket was before; no wait for what is not there; and what the program, its other
 * calls and its other processes see of the timer that stays.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "harness/transmit.h"

#define FILE_SIZE (8 * MIB)

/* Ways to send: out of a file, or through a pipe that holds it. */
#define WAYS 4 /* sendfile and splice, over TCP and AF_UNIX */

struct way {
	bool splices;
	int file, ends[2], pair[2];
	off_t offset;
};

static void way_make(struct way *way, int kind)
{
	way->splices = (kind & 1) != 0;
	way->file = pattern_file(FILE_SIZE);
	way->offset = 0;
	stream_pair((kind & 2) != 0 ? AF_UNIX : AF_INET, way->pair);
	ck_assert_int_eq(pipe(way->ends), 0);
}

/* The next count bytes of the file, which for splice have to fit into the pipe. */
static ssize_t way_send(struct way *way, size_t count)
{
	off64_t offset = way->offset;

	if (!way->splices)
		return sendfile(way->pair[0], way->file, &way->offset, count);
	ck_assert_int_ge(fcntl(way->ends[1], F_SETPIPE_SZ, MIB), (int)MIB);
	ck_assert_int_eq(splice(way->file, &offset, way->ends[1], NULL, count, 0),
			 (ssize_t)count);
	way->offset = (off_t)offset;
	return splice(way->ends[0], NULL, way->pair[0], NULL, count, 0);
}

static void ck_sent_in_time(struct way *way, size_t count)
{
	const double started = now_ms();
	const off_t before = way->offset;
	double took;
	ssize_t n;

	errno = EXDEV;
	n = way_send(way, count);
	took = now_ms() - started;
	ck_assert_int_gt(n, 0);
	ck_assert_int_lt(n, (ssize_t)count);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_double_ge(took, SHORT_MS);
	ck_took_in_time(took, SHORT_MS);
	/* Not a multiple of it. */
	ck_assert_double_lt(took, 2.0 * SHORT_MS);
	if (!way->splices)
		ck_assert_int_eq(way->offset, before + n);
	else
		way->offset = before + n;
}

/* A peer that reads a little every millisecond, so that something goes in each slice: on a socket that
 * is new, on one that has never waited, and again on both. */
BEHAVIOUR_LOOP(drips, SHORT, 2 * WAYS)
{
	struct reader reader = {.slow = PATTERN_SIZE};
	struct way way;

	way_make(&way, _i % WAYS);
	reader.piece = way.splices ? 1200 : 4000;
	if (_i >= WAYS)
		ck_assert_int_eq(way_send(&way, 100) + way_send(&way, 100), 200);
	set_option(way.pair[0], SOL_SOCKET, SO_SNDBUF, 40000);
	set_option(way.pair[1], SOL_SOCKET, SO_RCVBUF, 40000);
	reader.fd = way.pair[1];
	reader_start(&reader);
	ck_sent_in_time(&way, way.splices ? 900 * 1024 : FILE_SIZE / 2);
	if (!way.splices)
		ck_sent_in_time(&way, FILE_SIZE - (size_t)way.offset);
	ck_assert_int_eq(shutdown(way.pair[0], SHUT_WR), 0);
	reader_finish(&reader, (size_t)way.offset);
}

static void stuff(int fd)
{
	(void)fill(fd);
	while (send(fd, pattern, 1, MSG_DONTWAIT) == 1)
		;
}

struct blocked {
	int fd;
	ssize_t (*call)(int fd);
	ssize_t result;
	int error;
	pid_t id;
	pthread_t thread;
};

static void *blocked_run(void *argument)
{
	struct blocked *const blocked = argument;

	blocked->result = blocked->call(blocked->fd);
	blocked->error = errno;
	return NULL;
}

#define REST 100000

static int rest; /* a file of so many bytes */

static ssize_t by_sendfile(int fd)
{
	return sendfile(fd, rest, NULL, MIB);
}

static ssize_t by_sendfile_at(int fd)
{
	return sendfile(fd, rest, &(off_t){0}, MIB);
}

/* The rest of a file fills what has become free in the middle of a slice. Milliseconds that it took
 * from then on. */
static double end_in_a_slice(ssize_t (*call)(int fd))
{
	struct blocked blocked = {.call = call};
	struct pollfd room = {.events = POLLOUT};
	double freed;
	int pair[2];

	stream_pair(AF_UNIX, pair);
	stuff(pair[0]);
	rest = pattern_file(REST);
	blocked.fd = room.fd = pair[0];
	blocked.thread = background(&blocked.id, blocked_run, &blocked);
	wait_until_blocked(blocked.id, -1);
	(void)poll(NULL, 0, 12);
	while (poll(&room, 1, 0) == 0)
		ck_assert_int_gt(recv(pair[1], &(char[4096]){0}, 4096, 0), 0);
	freed = now_ms();
	ck_assert_int_eq(pthread_join(blocked.thread, NULL), 0);
	ck_assert_int_eq(blocked.result, REST);
	return now_ms() - freed;
}

/* Whatever is asked for, it ends with the file, and there is no wait for room that nothing needs: it is
 * quick, if not on a machine that has other things to do, then the next time. */
BEHAVIOUR_LOOP(ends_with_the_file, NATIVE | LONG, 4)
{
	int tries = 1;

	while (end_in_a_slice(_i % 2 == 0 ? by_sendfile : by_sendfile_at) > 100)
		ck_assert_int_lt(tries++, 4);
}

static struct timeval timer_of(int fd)
{
	struct timeval timer = {7, 7};
	socklen_t length = sizeof timer;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timer, &length), 0);
	return timer;
}

static long timer_there(int fd)
{
	struct timeval timer = {7, 7};
	socklen_t length = sizeof timer;

	ck_assert_int_eq(syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &timer, &length),
			 0);
	return timer.tv_sec * 1000 + timer.tv_usec / 1000;
}

#define ck_no_timer(fd)                                                                        \
	do {                                                                                   \
		const struct timeval no_timer = timer_of(fd);                                  \
		ck_assert(no_timer.tv_sec == 0 && no_timer.tv_usec == 0);                      \
	} while (0)

/* No timer of the library stays on the socket; the program's own timer is its bound. */
BEHAVIOUR_LOOP(own_timer, ALL, WAYS)
{
	double started;
	struct way way;
	int copy;

	way_make(&way, _i);
	ck_assert_int_eq(way_send(&way, 1000) + way_send(&way, 1000), 2000);
	copy = dup(way.pair[0]);
	ck_no_timer(way.pair[0]);
	ck_no_timer(copy);
	ck_assert_int_eq(timer_there(copy), 0);
	set_send_timeout(way.pair[0], 0);
	ck_no_timer(copy);
	ck_assert_int_eq(way_send(&way, 1000), 1000);
	/* Its own, longer than ours. */
	set_send_timeout(_i % 2 == 0 ? way.pair[0] : copy, 2 * SHORT_MS);
	ck_assert_int_eq(timer_there(copy), 2 * SHORT_MS);
	ck_assert_int_eq(timer_of(copy).tv_usec, 2 * SHORT_MS * 1000);
	stuff(way.pair[0]);
	started = now_ms();
	ck_failed(way_send(&way, 1000), EAGAIN);
	ck_assert_double_ge(now_ms() - started, 2.0 * SHORT_MS - 10);
	set_send_timeout(copy, 0);
	ck_no_timer(way.pair[0]);
	if (mode() == MODE_SHORT) {
		started = now_ms();
		ck_timed_out(sendfile(way.pair[0], way.file, NULL, 1000), started);
	}
}

static ssize_t by_send(int fd)
{
	return send(fd, pattern, 1000, 0);
}

static ssize_t by_stream(int fd)
{
	FILE *const stream = fdopen(dup(fd), "w");
	const bool good = fwrite(pattern, 1, 1000, stream) == 1000 && fflush(stream) == 0;
	const int error = errno;

	(void)fclose(stream);
	errno = error;
	return good ? 1000 : -1;
}

/* By a number of which the library knows nothing. */
static ssize_t by_copy(int fd)
{
	return send(fcntl(fd, F_DUPFD, 100), pattern, 1000, 0);
}

static ssize_t (*const others[])(int fd) = {by_send, by_stream, by_copy};
#define OTHERS ((int)(sizeof others / sizeof others[0]))

/* Others that send meanwhile, in other ways, wait as long as they are to: the slice is not theirs. */
BEHAVIOUR_LOOP(other_calls, ALL, WAYS *OTHERS)
{
	struct blocked blocked;
	double started;
	struct way way;

	way_make(&way, _i % WAYS);
	ck_assert_int_eq(way_send(&way, 1000) + way_send(&way, 1000), 2000);
	stuff(way.pair[0]);
	blocked = (struct blocked){.fd = way.pair[0], .call = others[_i / WAYS]};
	started = now_ms();
	blocked.thread = background(&blocked.id, blocked_run, &blocked);
	if (mode() == MODE_SHORT) {
		ck_assert_int_eq(pthread_join(blocked.thread, NULL), 0);
		errno = blocked.error;
		ck_timed_out(blocked.result, started);
	} else {
		/* For longer than a slice. */
		wait_until_waiting(blocked.id);
		(void)poll(NULL, 0, 100);
		wait_until_waiting(blocked.id);
		while (recv(way.pair[1], &(char[4096]){0}, 4096, MSG_DONTWAIT) > 0)
			;
		ck_assert_int_eq(pthread_join(blocked.thread, NULL), 0);
		ck_assert_int_eq(blocked.result, 1000);
	}
}

/* A child, and one that has executed another program, on a socket that was sent to. */
BEHAVIOUR_LOOP(other_process, SHORT, 2 * WAYS)
{
	const bool executes = (_i & 4) != 0;
	char number[20];
	struct way way;
	pid_t child;
	int status;

	way_make(&way, _i % WAYS);
	ck_assert_int_eq(way_send(&way, 1000) + way_send(&way, 1000), 2000);
	stuff(way.pair[0]);
	(void)snprintf(number, sizeof number, "%d", way.pair[0]);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (executes)
			(void)execl("/proc/self/exe", "test_transmit_slices", "send", number,
				    (char *)NULL);
		_exit(executes || by_send(way.pair[0]) == 1000 ? 127
		      : errno == ETIMEDOUT                     ? 0
							       : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
}

/* Executed by a child of it, on a socket that is full. */
static int run_send(int fd)
{
	struct timeval timer = {7, 7};
	socklen_t length = sizeof timer;

	pattern_make();
	if (getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timer, &length) != 0 ||
	    timer.tv_sec != 0 || timer.tv_usec != 0)
		return 2;
	return by_send(fd) == -1 && errno == ETIMEDOUT ? 0 : 1;
}

/* O_NONBLOCK, set through another number, on a socket that has the timer. */
BEHAVIOUR_LOOP(nonblocking, ALL, WAYS)
{
	struct way way;

	way_make(&way, _i);
	ck_assert_int_eq(way_send(&way, 1000) + way_send(&way, 1000), 2000);
	stuff(way.pair[0]);
	make_nonblocking(dup(way.pair[0]), true);
	for (int i = 0; i < 2; i++)
		ck_failed(way_send(&way, 1000), EAGAIN);
	make_nonblocking(way.pair[0], false);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "send") == 0)
		return run_send(atoi(argv[2]));
	pattern_make();
	return behaviour_main(argc, argv, "transmit: slices");
}
