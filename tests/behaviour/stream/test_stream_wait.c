/*
 * A call on a stream that has to wait: what it leaves in errno, which locks it holds, and how the
 * stream goes on after the wait, after a timeout and after cancellation.
 */
#include "config.h"

#include "stream/stream.h"

#include <linux/sockios.h>
#include <stdio_ext.h>
#include <sys/ioctl.h>

#define LINE "12 a line\n"

static bool by_fgets(FILE *stream)
{
	char line[100];

	return fgets(line, sizeof line, stream) != NULL && strcmp(line, LINE) == 0;
}

static bool by_getc(FILE *stream)
{
	return getc(stream) == '1';
}

static bool by_fread(FILE *stream)
{
	char data[10];

	return fread(data, 1, sizeof data, stream) == sizeof data;
}

static bool by_getline(FILE *stream)
{
	char *line = NULL;
	size_t size = 0;
	const ssize_t length = getline(&line, &size, stream);

	free(line);
	return length == (ssize_t)strlen(LINE);
}

static bool by_fscanf(FILE *stream)
{
	int number;

	return fscanf(stream, "%d", &number) == 1 && number == 12;
}

static bool (*const reads[])(FILE *stream) = {by_fgets, by_getc, by_fread, by_getline,
					      by_fscanf};

static bool by_fprintf(FILE *stream)
{
	return fprintf(stream, "%m %s", LINE) > 0 && fflush(stream) == 0;
}

static bool by_large_fprintf(FILE *stream)
{
	return fprintf(stream, "%20000s", LINE) == 20000;
}

static bool by_fwrite(FILE *stream)
{
	static const char zeros[100000];

	return fwrite(zeros, 1, sizeof zeros, stream) == sizeof zeros && fflush(stream) == 0;
}

static bool by_putc(FILE *stream)
{
	return setvbuf(stream, NULL, _IONBF, 0) == 0 && putc('x', stream) == 'x';
}

static bool by_dprintf(FILE *stream)
{
	return dprintf(fileno(stream), "%20000s", LINE) == 20000;
}

static bool (*const writes[])(FILE *stream) = {by_fprintf, by_large_fprintf, by_fwrite, by_putc,
					       by_dprintf};

/* A thread that calls a function on a stream. */
struct caller {
	FILE *stream;
	bool (*function)(FILE *stream);
	bool result;
	int error;
};

static void *call(void *argument)
{
	struct caller *const caller = argument;

	errno = EXDEV;
	caller->result = caller->function(caller->stream);
	caller->error = errno;
	return NULL;
}

/* Receive all that there is. */
static void drain(int fd)
{
	static char data[1 << 16];

	while (recv(fd, data, sizeof data, MSG_DONTWAIT) > 0)
		continue;
}

BEHAVIOUR_LOOP(errno_after_reading, NATIVE | LONG, COUNT(reads))
{
	struct caller caller = {.function = reads[_i]};
	pthread_t thread;
	pid_t id;
	int peer;

	caller.stream = stream_open("r", &peer);
	thread = background(&id, call, &caller);
	wait_until_waiting(id);
	send_whole(peer, LINE, strlen(LINE));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(caller.result);
	ck_assert_int_eq(caller.error, EXDEV);
	ck_assert_int_eq(fclose(caller.stream), 0);
}

BEHAVIOUR_LOOP(errno_after_writing, NATIVE | LONG, COUNT(writes))
{
	struct caller caller = {.function = writes[_i]};
	pthread_t thread;
	int peer, done = 0;
	pid_t id;

	caller.stream = stream_stuffed(&peer);
	thread = background(&id, call, &caller);
	wait_until_waiting(id);
	while (done == 0) {
		drain(peer);
		done = pthread_tryjoin_np(thread, NULL) == 0;
	}
	ck_assert(caller.result);
	ck_assert_int_eq(caller.error, EXDEV);
	ck_assert_int_eq(ferror(caller.stream), 0);
	ck_assert_int_eq(fclose(caller.stream), 0);
}

/* What the timeout left is thrown away, as after another error, and not sent later. */
BEHAVIOUR_TEST(output_after_timeout, SHORT)
{
	int peer, queued;
	FILE *const stream = stream_stuffed(&peer);
	const double started = now_ms();

	ck_assert_int_ge(fputs("lost", stream), 0);
	ck_assert_int_eq(fflush(stream), EOF);
	ck_stream_timed_out(stream, started);
	clearerr(stream);
	ck_assert_int_eq(fflush(stream), 0);
	do {
		drain(peer);
		(void)usleep(1000);
		ck_assert_int_eq(ioctl(fileno(stream), SIOCOUTQ, &queued), 0);
	} while (queued != 0);
	drain(peer);
	ck_assert_int_ge(fputs("kept", stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
	for (const char *next = "kept"; *next != '\0'; next++) {
		char byte;

		receive_whole(peer, &byte, 1);
		ck_assert_int_eq(byte, *next);
	}
	ck_assert_int_eq(recv(peer, (char[1]){0}, 1, 0), 0);
}

/* The thread that waits holds the stream's lock. */
BEHAVIOUR_TEST(locked, NATIVE | LONG)
{
	struct caller caller = {.function = by_fgets};
	pthread_t thread;
	pid_t id;
	int peer;

	caller.stream = stream_open("r+", &peer);
	thread = background(&id, call, &caller);
	wait_until_waiting(id);
	ck_assert_int_ne(ftrylockfile(caller.stream), 0);
	send_whole(peer, LINE, strlen(LINE));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(caller.result);
	ck_assert_int_eq(ftrylockfile(caller.stream), 0);
	funlockfile(caller.stream);
}

BEHAVIOUR_TEST(cancelled, NATIVE | LONG)
{
	struct caller caller = {.function = by_fprintf};
	pthread_t thread;
	void *result;
	pid_t id;
	int peer;

	caller.stream = stream_stuffed(&peer);
	thread = background(&id, call, &caller);
	wait_until_waiting(id);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	ck_assert_int_eq(ftrylockfile(caller.stream), 0);
	funlockfile(caller.stream);
	/* Not at exit. */
	__fpurge(caller.stream);
}

static bool cancel_and_close(FILE *stream)
{
	return pthread_cancel(pthread_self()) == 0 && fclose(stream) == 0;
}

/* The close(2) in fclose is no cancellation point. */
BEHAVIOUR_TEST(cancelled_at_close, ALL)
{
	struct caller caller = {.function = cancel_and_close};
	pthread_t thread;
	void *result;
	pid_t id;
	int peer;

	caller.stream = stream_open("r+", &peer);
	thread = background(&id, call, &caller);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_null(result);
	ck_assert(caller.result);
	ck_assert_int_eq(caller.error, EXDEV);
	ck_assert_int_eq(recv(peer, (char[1]){0}, 1, 0), 0);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "streams that wait");
}
