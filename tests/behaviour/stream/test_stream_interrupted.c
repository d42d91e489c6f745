/*
 * Reading from a stream on a socket: signals, stops and cancellation lose nothing; and signals do not
 * keep it from its timeout.
 */
#include "config.h"

#include "stream/stream.h"

#include <gnu/libc-version.h>
#include <limits.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>

static struct interrupted {
	FILE *stream;
	const char *(*read)(FILE *stream);
	const char *result;
	int error;
} interrupted;

static char text[100];

static const char *text_by_fgets(FILE *stream)
{
	return fgets(text, sizeof text, stream);
}

static const char *text_by_getline(FILE *stream)
{
	char *line = NULL;
	size_t size = 0;
	const ssize_t length = getline(&line, &size, stream);

	if (length <= 0)
		return NULL;
	(void)strcpy(text, line);
	free(line);
	return text;
}

static const char *text_by_fread(FILE *stream)
{
	/* In items of more than a byte, of which the interruption leaves a part. */
	return fread(text, 4, 2, stream) == 2 ? text : NULL;
}

static const char *text_by_getc(FILE *stream)
{
	for (size_t length = 0; length < 8; length++) {
		const int character = getc(stream);

		if (character == EOF)
			return NULL;
		text[length] = (char)character;
	}
	return text;
}

static const char *text_by_fgetws(FILE *stream)
{
	wchar_t wide[100];

	if (fgetws(wide, 100, stream) == NULL)
		return NULL;
	ck_assert_uint_lt(wcstombs(text, wide, sizeof text), sizeof text);
	return text;
}

static const char *text_by_getw(FILE *stream)
{
	for (size_t length = 0; length < 8; length += sizeof(int)) {
		const int word = getw(stream);

		if (word == EOF)
			return NULL;
		memcpy(text + length, &word, sizeof word);
	}
	return text;
}

static const char *text_by_fscanf(FILE *stream)
{
	char *start = NULL;
	char rest[6];
	int length = 0;

	if (fscanf(stream, "%3ms%5[^x]%n", &start, rest, &length) != 2 || length != 8) {
		free(start);
		return NULL;
	}
	(void)stpcpy(stpcpy(text, start), rest);
	free(start);
	return text;
}

static const char *text_by_fwscanf(FILE *stream)
{
	/* glibc writes more than one byte and its end. */
	char rest[1 + MB_LEN_MAX];

	return fwscanf(stream, L"%s%1[\n]", text, rest) == 2 ? strcat(text, rest) : NULL;
}

static const char *(*const texts[])(FILE *stream) = {
	text_by_fgets, text_by_getline, text_by_fread,  text_by_getc,
	text_by_getw,  text_by_fscanf,  text_by_fgetws, text_by_fwscanf,
};
#define TEXTS COUNT(texts)
/* The stream of the last ones becomes wide-oriented, and is not bounded then. */
#define BYTE_TEXTS (TEXTS - 2)

static void *read_interrupted(void *argument)
{
	struct interrupted *const its = argument;

	errno = 0;
	its->result = its->read(its->stream);
	its->error = errno;
	return NULL;
}

/* Interrupted before the first byte, and in the middle. */
static void interrupt_reading(int which, int flags)
{
	pthread_t thread;
	pid_t id;
	int peer;

	interrupted.stream = stream_open("r", &peer);
	interrupted.read = texts[which];
	stream_handler(flags);
	thread = background(&id, read_interrupted, &interrupted);
	for (int round = 0; round < 3; round++) {
		const int before = stream_handled();

		wait_until_waiting(id);
		ck_assert_int_eq(pthread_kill(thread, SIGUSR1), 0);
		while (stream_handled() == before)
			(void)usleep(1000);
		if ((flags & SA_RESTART) == 0)
			break;
		wait_until_waiting(id);
		send_whole(peer, &"par"[round], 1);
	}
	if ((flags & SA_RESTART) != 0) {
		wait_until_waiting(id);
		send_whole(peer, "tial\n", 5);
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

BEHAVIOUR_LOOP(restarted, NATIVE | LONG, TEXTS)
{
	interrupt_reading(_i, SA_RESTART);
	ck_assert_msg(interrupted.result != NULL, "%s", strerror(interrupted.error));
	ck_assert_str_eq(interrupted.result, "partial\n");
	ck_assert_int_eq(interrupted.error, 0);
	ck_assert_int_eq(ferror(interrupted.stream), 0);
}

BEHAVIOUR_LOOP(not_restarted, NATIVE | LONG, TEXTS)
{
	interrupt_reading(_i, 0);
	ck_assert_ptr_null(interrupted.result);
	ck_assert_int_eq(interrupted.error, EINTR);
	ck_assert_int_ne(ferror(interrupted.stream), 0);
}

BEHAVIOUR_LOOP(stopped, NATIVE | LONG, TEXTS)
{
	int peer, status;
	FILE *const stream = stream_open("r", &peer);
	const pid_t pid = fork();

	if (pid == 0) {
		const char *result = texts[_i](stream);

		_exit(result != NULL && strcmp(result, "partial\n") == 0 ? 0 : 1);
	}
	stop_and_continue(pid);
	send_whole(peer, "par", 3);
	stop_and_continue(pid);
	send_whole(peer, "tial\n", 5);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

/* A thread that is cancelled while it reads leaves the stream unlocked. */
BEHAVIOUR_TEST(cancelled, NATIVE | LONG)
{
	pthread_t thread;
	void *result;
	pid_t id;
	int peer;

	interrupted.stream = stream_open("r", &peer);
	interrupted.read = text_by_fgets;
	thread = background(&id, read_interrupted, &interrupted);
	wait_until_waiting(id);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	ck_assert_int_eq(ftrylockfile(interrupted.stream), 0);
	funlockfile(interrupted.stream);
	send_whole(peer, "partial\n", 8);
	ck_assert_str_eq(text_by_fgets(interrupted.stream), "partial\n");
}

static atomic_int alarms;

static void count_alarm(int number)
{
	(void)number;
	atomic_fetch_add(&alarms, 1);
}

/* More signals than time between them. */
BEHAVIOUR_LOOP(pestered, SHORT, BYTE_TEXTS)
{
	const struct itimerval often = {.it_interval.tv_usec = 50000,
					.it_value.tv_usec = 50000};
	struct sigaction action = {.sa_handler = SIG_IGN, .sa_flags = SA_RESTART};
	int peer;
	FILE *const stream = stream_open("r", &peer);
	double started;

	stream_handler(SA_RESTART);
	ck_assert_int_eq(sigaction(SIGUSR1, NULL, &action), 0);
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
	send_whole(peer, "par", 3);
	started = now_ms();
	(void)texts[_i](stream);
	ck_stream_timed_out(stream, started);
	ck_assert_int_gt(stream_handled(), 0);
}

/* glibc repeats the write of dprintf since 2.37; the repetition is bounded, too. */
BEHAVIOUR_TEST(pestered_dprintf, SHORT)
{
	const struct itimerval often = {.it_interval.tv_usec = 50000,
					.it_value.tv_usec = 50000};
	const bool repeats = strverscmp(gnu_get_libc_version(), "2.37") >= 0;
	const struct sigaction action = {.sa_handler = count_alarm};
	double started, took;
	int pair[2], result;

	unix_pair(SOCK_STREAM, pair);
	(void)fill(pair[0]);
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
	started = now_ms();
	result = dprintf(pair[0], "%*d", 1000, 1);
	took = now_ms() - started;
	ck_failed(result, repeats ? ETIMEDOUT : EINTR);
	ck_assert_int_gt(atomic_load(&alarms), 0);
	if (repeats)
		ck_assert_double_ge(took, SHORT_MS);
	ck_took_in_time(took, 2 * SHORT_MS);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "reading from streams, interrupted");
}
