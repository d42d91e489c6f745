/*
 * What a stream on a socket writes when: in the same pieces as natively, and what is left at a
 * flush, at fclose and at exit.
 */
#include "config.h"

#include "stream/stream.h"

#include <sys/wait.h>

#define LINE   "0123456789abcde\n"
#define LENGTH 16

/* The functions that write what is in the buffer. */
static int flush_by_fflush(FILE *stream)
{
	return fflush(stream);
}

static int flush_by_fflush_unlocked(FILE *stream)
{
	return fflush_unlocked(stream);
}

static int flush_by_fseek(FILE *stream)
{
	return fseek(stream, 0, SEEK_CUR);
}

static int flush_by_fseeko(FILE *stream)
{
	return fseeko(stream, 0, SEEK_CUR);
}

static int (*const flushes[])(FILE *stream) = {
	flush_by_fflush,
	flush_by_fflush_unlocked,
	flush_by_fseek,
	flush_by_fseeko,
};
#define FLUSHES ((int)(sizeof flushes / sizeof *flushes))

BEHAVIOUR_LOOP(flush_silent, SHORT, FLUSHES)
{
	int peer;
	FILE *const stream = stream_stuffed(&peer);
	double started;

	ck_assert_int_ge(fputs(LINE, stream), 0);
	started = now_ms();
	ck_assert_int_eq(flushes[_i](stream), -1);
	ck_stream_timed_out(stream, started);
}

BEHAVIOUR_TEST(close_silent, SHORT)
{
	int peer;
	FILE *const stream = stream_stuffed(&peer);
	const int fd = fileno(stream);
	double started;

	ck_assert_int_ge(fputs(LINE, stream), 0);
	started = now_ms();
	ck_timed_out(fclose(stream), started);
	ck_failed(close(fd), EBADF);
}

/* libc flushes at exit, past every wrapper: bounded all the same. */
BEHAVIOUR_TEST(exit_silent, SHORT)
{
	const double started = now_ms();
	const pid_t pid = fork();
	int peer, status;

	if (pid == 0) {
		FILE *const stream = stream_stuffed(&peer);

		(void)fputs(LINE, stream);
		exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_double_ge(now_ms() - started, (double)SHORT_MS);
	ck_in_time(started, SHORT_MS);
}

/* Records show in which pieces the bytes were written. */
static void expect_records(int fd, const int *lengths)
{
	static char data[100000];

	for (int i = 0; lengths[i] != 0; i++)
		ck_assert_int_eq(recv(fd, data, sizeof data, 0), lengths[i]);
	ck_failed(recv(fd, data, sizeof data, MSG_DONTWAIT), EAGAIN);
}

BEHAVIOUR_TEST(pieces, ALL)
{
	static const char zeros[10000];
	FILE *stream;
	int pair[2];

	unix_pair(SOCK_SEQPACKET, pair);
	stream = fdopen(pair[0], "w");
	ck_assert_ptr_nonnull(stream);
	/* The first one, of whole blocks; the rest stays. */
	ck_assert_uint_eq(fwrite(zeros, 1, 5000, stream), 5000);
	expect_records(pair[1], (const int[]){4096, 0});
	ck_assert_int_eq(fflush(stream), 0);
	expect_records(pair[1], (const int[]){904, 0});
	/* What fits, to the last byte; then one more. */
	ck_assert_uint_eq(fwrite(zeros, 1, 4096, stream), 4096);
	expect_records(pair[1], (const int[]){0});
	ck_assert_int_eq(putc('x', stream), 'x');
	expect_records(pair[1], (const int[]){4096, 0});
	/* Over the end of the buffer, and over a whole block more. */
	ck_assert_uint_eq(fwrite(zeros, 1, 9999, stream), 9999);
	expect_records(pair[1], (const int[]){4096, 4096, 0});
	ck_assert_int_eq(fflush(stream), 0);
	expect_records(pair[1], (const int[]){1808, 0});
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_int_eq(close(pair[1]), 0);
}

BEHAVIOUR_TEST(pieces_of_lines, ALL)
{
	FILE *stream;
	int pair[2];

	unix_pair(SOCK_SEQPACKET, pair);
	stream = fdopen(pair[0], "w");
	ck_assert_ptr_nonnull(stream);
	setlinebuf(stream);
	ck_assert_int_ge(fputs("ab", stream), 0);
	expect_records(pair[1], (const int[]){0});
	ck_assert_int_ge(fputs("c\nde\nfg", stream), 0);
	expect_records(pair[1], (const int[]){7, 0});
	ck_assert_int_eq(putc('\n', stream), '\n');
	expect_records(pair[1], (const int[]){3, 0});
	ck_assert_int_eq(setvbuf(stream, NULL, _IONBF, 0), 0);
	ck_assert_int_ge(fprintf(stream, "%d%s", 1, "23"), 0);
	expect_records(pair[1], (const int[]){3, 0});
	ck_assert_int_eq(fclose(stream), 0);
}

/* Reading and writing one stream, with the flush in between that C asks for. */
BEHAVIOUR_TEST(both_ways, ALL)
{
	char line[100];
	int peer;
	FILE *const stream = stream_open("r+", &peer);

	for (int round = 0; round < 300; round++) {
		ck_assert_int_eq(fprintf(stream, "%s", LINE), LENGTH);
		ck_assert_int_eq(fflush(stream), 0);
		receive_whole(peer, line, LENGTH);
		ck_assert_mem_eq(line, LINE, LENGTH);
		send_whole(peer, LINE, LENGTH);
		ck_assert_ptr_nonnull(fgets(line, sizeof line, stream));
		ck_assert_str_eq(line, LINE);
	}
	ck_assert_int_eq(fclose(stream), 0);
}

BEHAVIOUR_TEST(errno_in_format, ALL)
{
	char line[100];
	int peer;
	FILE *const stream = stream_open("r+", &peer);

	errno = EXDEV;
	ck_assert_int_gt(fprintf(stream, "%m\n"), 0);
	ck_assert_int_eq(fflush(stream), 0);
	errno = EXDEV;
	ck_assert_int_gt(dprintf(fileno(stream), "%m\n"), 0);
	(void)snprintf(line, sizeof line, "%s\n", strerror(EXDEV));
	for (int i = 0; i < 2; i++) {
		char received[100];

		receive_whole(peer, received, strlen(line));
		ck_assert_mem_eq(received, line, strlen(line));
	}
	ck_assert_int_eq(fclose(stream), 0);
}

BEHAVIOUR_TEST(peer_gone, ALL)
{
	int peer, result = 0;
	FILE *const stream = stream_open("w", &peer);

	ck_assert_ptr_ne(signal(SIGPIPE, SIG_IGN), SIG_ERR);
	ck_assert_int_eq(close(peer), 0);
	/* The first one may go: the answer to it says that nobody is there. */
	for (int i = 0; i < 100 && result == 0; i++) {
		ck_assert_int_ge(fputs(LINE, stream), 0);
		result = fflush(stream);
		(void)usleep(1000);
	}
	ck_assert_int_eq(result, EOF);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_ne(ferror(stream), 0);
}

/* Whatever it is buffered by. */
BEHAVIOUR_LOOP(only_reads, ALL, 3)
{
	static const int bufferings[] = {_IOFBF, _IOLBF, _IONBF};
	char lines[5000];
	int peer;
	FILE *const stream = stream_open("r", &peer);

	memset(lines, '\n', sizeof lines);
	ck_assert_int_eq(setvbuf(stream, NULL, bufferings[_i], 0), 0);
	for (int round = 0; round < 2; round++) {
		errno = 0;
		ck_assert_uint_eq(fwrite(lines, 1, sizeof lines, stream), 0);
		ck_assert_int_eq(errno, EBADF);
		ck_assert_int_ne(ferror(stream), 0);
		ck_assert_int_lt(fputs(LINE, stream), 0);
		ck_assert_int_lt(fprintf(stream, "%s", LINE), 0);
		ck_assert_int_eq(putc('x', stream), EOF);
		clearerr(stream);
		ck_failed(recv(peer, lines, 1, MSG_DONTWAIT), EAGAIN);
		/* And when it has read. */
		send_whole(peer, "\n", 1);
		ck_assert_int_eq(getc(stream), '\n');
	}
	ck_assert_int_eq(fclose(stream), 0);
}

static bool flush_every(FILE *stream)
{
	(void)stream;
	return fflush(NULL) == 0;
}

/* More than a buffer. */
static bool flush_by_fprintf(FILE *stream)
{
	return fprintf(stream, "%5000s", LINE) == 5000;
}

static bool flush_wide(FILE *stream)
{
	return fputws(L"0123456789abcde\n", stream) >= 0 && fflush(stream) == 0;
}

static bool flush_wide_at_close(FILE *stream)
{
	return fputws(L"0123456789abcde\n", stream) >= 0 && fclose(stream) == 0;
}

static const struct interrupted_flush {
	bool (*flush)(FILE *stream);
	bool wide;
} interrupted_flushes[] = {
	{flush_every, false},
	{flush_by_fprintf, false},
	{flush_wide, true},
	{flush_wide_at_close, true},
};
#define INTERRUPTED_FLUSHES ((int)(sizeof interrupted_flushes / sizeof *interrupted_flushes))

/* In a process that a handler interrupts while it waits: what fflush(NULL) locks is also fopen's. Its
 * errno; 0 where it has not failed. */
static int flush_interrupted(int which, int flags)
{
	static char data[1 << 20];
	int peer, status;
	FILE *const stream = stream_stuffed(&peer);
	ssize_t n;
	pid_t pid;

	stream_handler(flags);
	pid = fork();
	if (pid == 0) {
		if (!interrupted_flushes[which].wide)
			(void)fputs(LINE, stream);
		_exit(interrupted_flushes[which].flush(stream) ? 0 : errno);
	}
	for (int round = 0; round < 3; round++) {
		const int before = stream_handled();

		wait_until_waiting(pid);
		ck_assert_int_eq(kill(pid, SIGUSR1), 0);
		while (stream_handled() == before)
			(void)usleep(1000);
		if ((flags & SA_RESTART) == 0)
			break;
	}
	if ((flags & SA_RESTART) != 0)
		do {
			n = recv(peer, data, sizeof data, 0);
			ck_assert_int_gt(n, 0);
		} while (memchr(data, '\n', (size_t)n) == NULL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

BEHAVIOUR_LOOP(restarted, NATIVE | LONG, INTERRUPTED_FLUSHES)
{
	const int error = flush_interrupted(_i, SA_RESTART);

	ck_assert_msg(error == 0, "%s", strerror(error));
}

BEHAVIOUR_LOOP(not_restarted, NATIVE | LONG, INTERRUPTED_FLUSHES)
{
	const int error = flush_interrupted(_i, 0);

	ck_assert_msg(error == EINTR, "%s", strerror(error));
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "flushing streams");
}
