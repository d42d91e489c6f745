/*
 * See stream.h.
 */
#include "config.h"

#include "stream/stream.h"

#include <sys/mman.h>
#include <sys/wait.h>

FILE *stream_open(const char *mode, int *peer)
{
	return stream_open_on(AF_INET, mode, peer);
}

FILE *stream_open_on(int family, const char *mode, int *peer)
{
	int pair[2];
	FILE *stream;

	stream_pair(family, pair);
	stream = fdopen(pair[0], mode);
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fileno(stream), pair[0]);
	*peer = pair[1];
	return stream;
}

/* Shared with children. */
static volatile sig_atomic_t *handled;

static void handle(int number)
{
	(void)number;
	++*handled;
}

void stream_handler(int flags)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = flags};

	handled = mmap(NULL, sizeof *handled, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne((void *)handled, MAP_FAILED);
	ck_assert_int_eq(sigemptyset(&action.sa_mask), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
}

int stream_handled(void)
{
	return *handled;
}

void stop_and_continue(pid_t pid)
{
	int status;

	wait_until_waiting(pid);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert_int_eq(waitpid(pid, &status, WCONTINUED), pid);
	ck_assert(WIFCONTINUED(status));
	wait_until_waiting(pid);
}

void send_whole(int fd, const void *data, size_t length)
{
	const char *bytes = data;

	while (length > 0) {
		const ssize_t n = send(fd, bytes, length, 0);

		ck_assert_int_gt(n, 0);
		bytes += n;
		length -= (size_t)n;
	}
}

void receive_whole(int fd, void *data, size_t length)
{
	char *bytes = data;

	while (length > 0) {
		const ssize_t n = recv(fd, bytes, length, 0);

		ck_assert_int_gt(n, 0);
		bytes += n;
		length -= (size_t)n;
	}
}

FILE *stream_stuffed(int *peer)
{
	FILE *const stream = stream_open("w", peer);

	small_buffers(fileno(stream));
	small_buffers(*peer);
	(void)fill(fileno(stream));
	return stream;
}
