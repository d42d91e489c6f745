/*
 * Names that libc has for functions under other names too, and functions that its headers replace by inline
 * code: called through the name itself.
 */
#include "config.h"

#include "stream/stream.h"

#include <stdarg.h>

extern FILE *other_fdopen(int fd, const char *mode) __asm__("_IO_fdopen");
extern int checked_vdprintf(int fd, int flag, const char *format,
			    va_list arguments) __asm__("__vdprintf_chk");
extern int plain_vdprintf(int fd, const char *format, va_list arguments) __asm__("vdprintf");
extern int other_sigaction(int number, const struct sigaction *action,
			   struct sigaction *old) __asm__("__sigaction");
extern sighandler_t other_sysv_signal(int number,
				      sighandler_t handler) __asm__("__sysv_signal");
extern sighandler_t other_signal(int number, sighandler_t handler) __asm__("ssignal");

extern ssize_t other_read(int fd, void *buffer, size_t length) __asm__("__read");
extern ssize_t other_write(int fd, const void *data, size_t length) __asm__("__write");
extern ssize_t other_send(int fd, const void *data, size_t length,
			  int flags) __asm__(OTHER_SEND);

static int print(int fd, bool checked, const char *format, ...)
{
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = checked ? checked_vdprintf(fd, 1, format, arguments)
			 : plain_vdprintf(fd, format, arguments);
	va_end(arguments);
	return result;
}

BEHAVIOUR_TEST(printing, ALL)
{
	for (int checked = 0; checked < 2; checked++) {
		char buffer[20] = "";
		int pair[2];
		double started;

		unix_pair(SOCK_STREAM, pair);
		ck_assert_int_eq(print(pair[0], checked != 0, "%s %d", "abc", 7), 5);
		ck_assert_int_eq(recv(pair[1], buffer, 5, MSG_WAITALL), 5);
		ck_assert_str_eq(buffer, "abc 7");
		if (mode() != MODE_SHORT)
			continue;
		(void)fill(pair[0]);
		started = now_ms();
		ck_timed_out(print(pair[0], checked != 0, "%s", "abc"), started);
	}
}

BEHAVIOUR_TEST(transfers, ALL)
{
	char byte;
	int pair[2];
	double started;

	unix_pair(SOCK_STREAM, pair);
	ck_assert_int_eq(other_write(pair[0], "a", 1), 1);
	ck_assert_int_eq(other_send(pair[0], "b", 1, 0), 1);
	ck_assert_int_eq(other_read(pair[1], &byte, 1), 1);
	ck_assert_int_eq(byte, 'a');
	ck_assert_int_eq(other_read(pair[1], &byte, 1), 1);
	ck_assert_int_eq(byte, 'b');
	if (mode() != MODE_SHORT)
		return;
	started = now_ms();
	ck_timed_out(other_read(pair[1], &byte, 1), started);
	(void)fill(pair[0]);
	started = now_ms();
	ck_timed_out(other_write(pair[0], "a", 1), started);
	started = now_ms();
	ck_timed_out(other_send(pair[0], "a", 1, 0), started);
}

/* The functions that read from a stream, not the inline code that <stdio.h> has in their place. */
static int (*volatile const get_unlocked)(FILE *) = getc_unlocked;
static int (*volatile const get)(FILE *) = getc;
static ssize_t (*volatile const get_line)(char **, size_t *, FILE *) = getline;

BEHAVIOUR_TEST(streams, ALL)
{
	char *line = NULL;
	size_t size = 0;
	double started;
	FILE *stream;
	int pair[2];

	tcp_pair(pair);
	stream = other_fdopen(pair[0], "r+");
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(send(pair[1], "ab\nline\n", 8, 0), 8);
	ck_assert_int_eq(get_unlocked(stream), 'a');
	ck_assert_int_eq(get(stream), 'b');
	ck_assert_int_eq(get_unlocked(stream), '\n');
	ck_assert_int_eq(get_line(&line, &size, stream), 5);
	ck_assert_str_eq(line, "line\n");
	for (int i = 0; mode() == MODE_SHORT && i < 3; i++) {
		started = now_ms();
		ck_assert_int_eq(i == 0   ? get_unlocked(stream)
				 : i == 1 ? get(stream)
					  : (int)get_line(&line, &size, stream),
				 -1);
		ck_stream_timed_out(stream, started);
		clearerr(stream);
	}
	free(line);
	ck_assert_int_eq(fclose(stream), 0);
}

static void handle(int number)
{
	(void)number;
}

struct receiving {
	int fd, error;
	ssize_t result;
};

static void *receive_one(void *argument)
{
	struct receiving *const receiving = argument;
	char byte;

	receiving->result = recv(receiving->fd, &byte, 1, 0);
	receiving->error = errno;
	return NULL;
}

/* A handler that was installed by a name other than sigaction's has the flags of that name. */
BEHAVIOUR_LOOP(handlers, NATIVE | LONG, 3)
{
	const struct sigaction restart = {.sa_handler = handle, .sa_flags = SA_RESTART};
	struct receiving receiving = {.fd = -1};
	struct sigaction old;
	pthread_t thread;
	int pair[2];
	pid_t id;

	tcp_pair(pair);
	receiving.fd = pair[0];
	if (_i == 0)
		ck_assert_int_eq(other_sigaction(SIGUSR1, &restart, NULL), 0);
	else if (_i == 1)
		ck_assert(other_signal(SIGUSR1, handle) == SIG_DFL);
	else
		ck_assert(other_sysv_signal(SIGUSR1, handle) == SIG_DFL);
	ck_assert_int_eq(other_sigaction(SIGUSR1, NULL, &old), 0);
	ck_assert(old.sa_handler == handle);
	ck_assert_int_eq((old.sa_flags & SA_RESTART) != 0, _i < 2);
	thread = background(&id, receive_one, &receiving);
	wait_until_waiting(id);
	ck_assert_int_eq(pthread_kill(thread, SIGUSR1), 0);
	if (_i < 2) {
		wait_until_waiting(id);
		ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(receiving.result, _i < 2 ? 1 : -1);
	if (_i == 2)
		ck_assert_int_eq(receiving.error, EINTR);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "other names of functions");
}
