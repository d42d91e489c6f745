/*
 * Writing to a stream on a socket: the same bytes as natively, ETIMEDOUT where nobody reads
 * them; signals and stops lose nothing.
 */
#include "config.h"

#include "stream/stream.h"

#include <stdarg.h>
#include <sys/wait.h>

int checked_fprintf(FILE *stream, int flag, const char *format, ...) __asm__("__fprintf_chk");
int checked_dprintf(int fd, int flag, const char *format, ...) __asm__("__dprintf_chk");
int libc_overflow(FILE *stream, int character) __asm__("__overflow");
int io_putc(int character, FILE *stream) __asm__("_IO_putc");

/* What each writer puts once: LINE, by itself. */
#define LINE   "0123456789abcde\n"
#define LENGTH 16
/* More than the buffers of stdio and of the socket hold. */
#define MANY 20000

static bool by_fputs(FILE *stream)
{
	return fputs(LINE, stream) >= 0;
}

static bool by_fputs_unlocked(FILE *stream)
{
	return fputs_unlocked(LINE, stream) >= 0;
}

static bool by_fwrite(FILE *stream)
{
	return fwrite(LINE, 4, 4, stream) == 4;
}

static bool by_fwrite_unlocked(FILE *stream)
{
	return (fwrite_unlocked)(LINE, 1, LENGTH, stream) == LENGTH;
}

static bool by_putc(FILE *stream)
{
	for (const char *next = LINE; *next != '\0'; next++)
		if (putc(*next, stream) != *next)
			return false;
	return true;
}

static bool by_fputc(FILE *stream)
{
	for (const char *next = LINE; *next != '\0'; next++)
		if (fputc(*next, stream) != *next)
			return false;
	return true;
}

static bool by_io_putc(FILE *stream)
{
	for (const char *next = LINE; *next != '\0'; next++)
		if (io_putc(*next, stream) != *next)
			return false;
	return true;
}

static bool by_putc_unlocked(FILE *stream)
{
	for (const char *next = LINE; *next != '\0'; next++)
		if (putc_unlocked(*next, stream) != *next)
			return false;
	return true;
}

static bool by_overflow(FILE *stream)
{
	for (const char *next = LINE; *next != '\0'; next++)
		if (libc_overflow(stream, *next) != *next)
			return false;
	return true;
}

static bool by_putw(FILE *stream)
{
	int words[LENGTH / sizeof(int)];

	(void)memcpy(words, LINE, LENGTH);
	for (size_t i = 0; i < LENGTH / sizeof(int); i++)
		if (putw(words[i], stream) != 0)
			return false;
	return true;
}

static bool by_fprintf(FILE *stream)
{
	return fprintf(stream, "%s%c", "0123456789abcde", '\n') == LENGTH;
}

static bool by_checked_fprintf(FILE *stream)
{
	return checked_fprintf(stream, 1, "%d%s\n", 0, "123456789abcde") == LENGTH;
}

static bool by_vfprintf_to(FILE *stream, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vfprintf(stream, format, arguments);
	va_end(arguments);
	return length == LENGTH;
}

static bool by_vfprintf(FILE *stream)
{
	return by_vfprintf_to(stream, "%08d%s\n", 1234567, "89abcde");
}

static bool by_dprintf(FILE *stream)
{
	return dprintf(fileno(stream), "%s\n", "0123456789abcde") == LENGTH;
}

static bool by_checked_dprintf(FILE *stream)
{
	return checked_dprintf(fileno(stream), 1, "%s\n", "0123456789abcde") == LENGTH;
}

static bool by_fputwc(FILE *stream)
{
	for (const wchar_t *next = L"0123456789abcde\n"; *next != L'\0'; next++)
		if (fputwc(*next, stream) == WEOF)
			return false;
	return true;
}

static bool by_fputws(FILE *stream)
{
	return fputws(L"0123456789abcde\n", stream) >= 0;
}

static bool by_fwprintf(FILE *stream)
{
	return fwprintf(stream, L"%ls\n", L"0123456789abcde") == LENGTH;
}

static const struct writer {
	const char *name;
	bool (*write)(FILE *stream);
} writers[] = {
	{"fputs", by_fputs},
	{"fputs_unlocked", by_fputs_unlocked},
	{"fwrite", by_fwrite},
	{"fwrite_unlocked", by_fwrite_unlocked},
	{"putc", by_putc},
	{"fputc", by_fputc},
	{"_IO_putc", by_io_putc},
	{"putc_unlocked", by_putc_unlocked},
	{"__overflow", by_overflow},
	{"putw", by_putw},
	{"fprintf", by_fprintf},
	{"__fprintf_chk", by_checked_fprintf},
	{"vfprintf", by_vfprintf},
	{"dprintf", by_dprintf},
	{"__dprintf_chk", by_checked_dprintf},
	{"fputwc", by_fputwc},
	{"fputws", by_fputws},
	{"fwprintf", by_fwprintf},
};
#define WRITERS COUNT(writers)
/* The stream of the last ones becomes wide-oriented, and is not bounded then. */
#define BYTE_WRITERS (WRITERS - 3)

static const int bufferings[] = {_IOFBF, _IOLBF, _IONBF};

struct reading {
	int fd;
	size_t length;
	pthread_barrier_t *start; /* NULL: at once */
	size_t wrong;
};

/* Reads LINE again and again, and counts the bytes that are others. */
static void *read_lines(void *argument)
{
	struct reading *const reading = argument;
	char *const data = malloc(reading->length);

	if (reading->start != NULL)
		(void)pthread_barrier_wait(reading->start);
	receive_whole(reading->fd, data, reading->length);
	for (size_t i = 0; i < reading->length; i++)
		reading->wrong += data[i] != LINE[i % LENGTH];
	free(data);
	return NULL;
}

/* Each writer with each kind of buffer. */
BEHAVIOUR_LOOP(arrives, ALL, WRITERS * 3)
{
	const int which = _i / 3, lines = 2000;
	struct reading reading = {.length = (size_t)lines * LENGTH};
	pthread_t thread;
	FILE *const stream = stream_open(_i % 2 == 0 ? "w" : "r+", &reading.fd);
	pid_t id;

	ck_assert_int_eq(setvbuf(stream, NULL, bufferings[_i % 3], 0), 0);
	thread = background(&id, read_lines, &reading);
	for (int i = 0; i < lines; i++) {
		errno = EXDEV;
		ck_assert_msg(writers[which].write(stream), "%s: %s", writers[which].name,
			      strerror(errno));
		ck_assert_int_eq(errno, EXDEV);
	}
	ck_assert_int_eq(fflush(stream), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(reading.wrong, 0);
	ck_assert_int_eq(fclose(stream), 0);
}

BEHAVIOUR_LOOP(silent, SHORT, BYTE_WRITERS)
{
	int peer;
	FILE *const stream = stream_stuffed(&peer);
	const bool direct = strstr(writers[_i].name, "dprintf") != NULL;

	for (int round = 0; round < 2; round++) {
		const double started = now_ms();
		int count = 0;

		while (writers[_i].write(stream))
			ck_assert_msg(++count < MANY, "%s never fails", writers[_i].name);
		if (direct) {
			ck_timed_out(-1, started);
		} else {
			ck_stream_timed_out(stream, started);
		}
		clearerr(stream);
	}
}

struct writing {
	FILE *stream;
	int which;
	bool failed;
};

static void *write_lines(void *argument)
{
	struct writing *const writing = argument;

	for (int i = 0; i < MANY; i++)
		if (!writers[writing->which].write(writing->stream))
			writing->failed = true;
	if (fflush(writing->stream) != 0)
		writing->failed = true;
	return NULL;
}

BEHAVIOUR_LOOP(interrupted, NATIVE | LONG, WRITERS)
{
	struct writing writing = {.which = _i};
	struct reading reading = {.length = (size_t)MANY * LENGTH};
	pthread_t thread, reader;
	pid_t id, reader_id;

	stream_handler(SA_RESTART);
	writing.stream = stream_open_on(AF_UNIX, "w", &reading.fd);
	thread = background(&id, write_lines, &writing);
	for (int round = 0; round < 5; round++) {
		const int before = stream_handled();

		wait_until_waiting(id);
		ck_assert_int_eq(pthread_kill(thread, SIGUSR1), 0);
		while (stream_handled() == before)
			(void)usleep(1000);
	}
	reader = background(&reader_id, read_lines, &reading);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(pthread_join(reader, NULL), 0);
	ck_assert(!writing.failed);
	ck_assert_uint_eq(reading.wrong, 0);
}

BEHAVIOUR_LOOP(stopped, NATIVE | LONG, WRITERS)
{
	struct writing writing = {.which = _i};
	struct reading reading = {.length = (size_t)MANY * LENGTH};
	int status;
	pid_t pid;

	writing.stream = stream_open_on(AF_UNIX, "w", &reading.fd);
	pid = fork();
	if (pid == 0) {
		(void)write_lines(&writing);
		_exit(writing.failed ? 1 : 0);
	}
	stop_and_continue(pid);
	(void)read_lines(&reading);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_uint_eq(reading.wrong, 0);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "writing to streams");
}
