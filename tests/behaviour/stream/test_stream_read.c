/*
 * Reading from a stream on a socket: each function as natively while data comes, ETIMEDOUT when
 * none does.
 */
#include "config.h"

#include "stream/stream.h"

/* fortify(3)'s entry points, as a fortified program calls them. */
char *checked_fgets(char *line, size_t size, int length, FILE *stream) __asm__("__fgets_chk");
size_t checked_fread(void *data, size_t data_size, size_t size, size_t count,
		     FILE *stream) __asm__("__fread_chk");
int c99_fscanf(FILE *stream, const char *format, ...) __asm__("__isoc99_fscanf");
int old_fscanf(FILE *stream, const char *format, ...) __asm__("fscanf");
int libc_underflow(FILE *stream) __asm__("__underflow");
int libc_uflow(FILE *stream) __asm__("__uflow");
int io_getc(FILE *stream) __asm__("_IO_getc");

/* What comes: a line whose first byte is 'x'. */
#define LINE "xyz 12\n"

static bool by_getc(FILE *stream)
{
	return getc(stream) == 'x';
}

static bool by_fgetc(FILE *stream)
{
	return fgetc(stream) == 'x';
}

static bool by_io_getc(FILE *stream)
{
	return io_getc(stream) == 'x';
}

static bool by_getc_unlocked(FILE *stream)
{
	return (getc_unlocked)(stream) == 'x';
}

static bool by_uflow(FILE *stream)
{
	return libc_uflow(stream) == 'x';
}

static bool by_underflow(FILE *stream)
{
	return libc_underflow(stream) == 'x' && getc(stream) == 'x';
}

static bool by_getw(FILE *stream)
{
	return getw(stream) != EOF;
}

static bool by_fgets(FILE *stream)
{
	char line[100];

	return fgets(line, sizeof line, stream) == line && strcmp(line, LINE) == 0;
}

static bool by_short_fgets(FILE *stream)
{
	char line[3];

	return fgets(line, sizeof line, stream) == line && strcmp(line, "xy") == 0;
}

static bool by_fgets_unlocked(FILE *stream)
{
	char line[100];

	return fgets_unlocked(line, sizeof line, stream) == line && strcmp(line, LINE) == 0;
}

static bool by_checked_fgets(FILE *stream)
{
	char line[100];

	return checked_fgets(line, sizeof line, 100, stream) == line && strcmp(line, LINE) == 0;
}

static bool by_fread(FILE *stream)
{
	char data[3];

	return fread(data, 3, 1, stream) == 1 && memcmp(data, LINE, 3) == 0;
}

static bool by_fread_unlocked(FILE *stream)
{
	char data[3];

	/* The function, not the macro. */
	return (fread_unlocked)(data, 1, 3, stream) == 3 && memcmp(data, LINE, 3) == 0;
}

static bool by_checked_fread(FILE *stream)
{
	char data[3];

	return checked_fread(data, 3, 1, 3, stream) == 3 && memcmp(data, LINE, 3) == 0;
}

static bool by_getline(FILE *stream)
{
	char *line = NULL;
	size_t size = 0;
	const ssize_t length = getline(&line, &size, stream);
	const bool right = length == 7 && strcmp(line, LINE) == 0;
	const int saved_errno = errno;

	free(line);
	errno = saved_errno;
	return right;
}

static bool by_getdelim(FILE *stream)
{
	char *line = NULL;
	size_t size = 0;
	const ssize_t length = getdelim(&line, &size, ' ', stream);
	const bool right = length == 4 && strcmp(line, "xyz ") == 0;
	const int saved_errno = errno;

	free(line);
	errno = saved_errno;
	return right;
}

static bool by_fscanf(FILE *stream)
{
	char word[10];
	int number;

	return c99_fscanf(stream, "%9s %d", word, &number) == 2 && strcmp(word, "xyz") == 0 &&
	       number == 12;
}

static bool by_old_fscanf(FILE *stream)
{
	char word[10];

	return old_fscanf(stream, "%9s", word) == 1 && strcmp(word, "xyz") == 0;
}

static bool by_fgetwc(FILE *stream)
{
	return fgetwc(stream) == L'x';
}

static bool by_getwc_unlocked(FILE *stream)
{
	return getwc_unlocked(stream) == L'x';
}

static bool by_fgetws(FILE *stream)
{
	wchar_t line[100];

	return fgetws(line, 100, stream) == line && wcscmp(line, L"xyz 12\n") == 0;
}

static bool by_fwscanf(FILE *stream)
{
	int number;

	return fwscanf(stream, L"xyz %d", &number) == 1 && number == 12;
}

static const struct {
	const char *name;
	bool (*read)(FILE *stream);
} readers[] = {
	{"getc", by_getc},
	{"fgetc", by_fgetc},
	{"_IO_getc", by_io_getc},
	{"getc_unlocked", by_getc_unlocked},
	{"__uflow", by_uflow},
	{"__underflow", by_underflow},
	{"getw", by_getw},
	{"fgets", by_fgets},
	{"fgets, short", by_short_fgets},
	{"fgets_unlocked", by_fgets_unlocked},
	{"__fgets_chk", by_checked_fgets},
	{"fread", by_fread},
	{"fread_unlocked", by_fread_unlocked},
	{"__fread_chk", by_checked_fread},
	{"getline", by_getline},
	{"getdelim", by_getdelim},
	{"__isoc99_fscanf", by_fscanf},
	{"fscanf", by_old_fscanf},
	{"fgetwc", by_fgetwc},
	{"getwc_unlocked", by_getwc_unlocked},
	{"fgetws", by_fgetws},
	{"fwscanf", by_fwscanf},
};
#define READERS COUNT(readers)
/* The stream of the last ones becomes wide-oriented, and is not bounded then. */
#define BYTE_READERS (READERS - 4)

BEHAVIOUR_LOOP(answered, ALL, READERS)
{
	int peer;
	FILE *const stream = stream_open("r", &peer);

	/* One byte more: scanf looks behind what it converts. */
	send_whole(peer, LINE LINE, 14);
	errno = EXDEV;
	ck_assert_msg(readers[_i].read(stream), "%s: %s", readers[_i].name, strerror(errno));
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(ferror(stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
}

BEHAVIOUR_LOOP(ended, ALL, READERS)
{
	int peer;
	FILE *const stream = stream_open("r", &peer);

	ck_assert_int_eq(close(peer), 0);
	errno = EAGAIN;
	ck_assert(!readers[_i].read(stream));
	/* scanf may forget it (glibc's vfscanf: skip_space). */
	ck_assert(errno == EAGAIN || strstr(readers[_i].name, "scanf") != NULL);
	ck_assert_int_eq(ferror(stream), 0);
	ck_assert_int_ne(feof(stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
}

BEHAVIOUR_LOOP(silent, SHORT, BYTE_READERS)
{
	int peer;
	FILE *const stream = stream_open("r+", &peer);

	for (int round = 0; round < 2; round++) {
		const double started = now_ms();

		ck_assert_msg(!readers[_i].read(stream), "%s", readers[_i].name);
		ck_stream_timed_out(stream, started);
		clearerr(stream);
	}
	/* Usable afterwards. */
	send_whole(peer, LINE LINE, 14);
	ck_assert(readers[_i].read(stream));
	ck_assert_int_eq(fclose(stream), 0);
}

/* A line that stops half way: an error as any other, in time. */
BEHAVIOUR_TEST(stalls_in_a_line, SHORT)
{
	char line[100], *allocated = NULL;
	size_t size = 0;
	double started;
	int peer;
	FILE *const stream = stream_open("r", &peer);

	send_whole(peer, "par", 3);
	started = now_ms();
	ck_assert_ptr_null(fgets(line, sizeof line, stream));
	ck_stream_timed_out(stream, started);
	clearerr(stream);
	send_whole(peer, "par", 3);
	started = now_ms();
	/* getline returns what there is, and the stream knows of the error. */
	ck_assert_int_eq(getline(&allocated, &size, stream), 3);
	ck_stream_timed_out(stream, started);
	clearerr(stream);
	send_whole(peer, "par", 3);
	started = now_ms();
	ck_assert_uint_eq(fread(line, 2, 50, stream), 1);
	ck_stream_timed_out(stream, started);
	free(allocated);
	ck_assert_int_eq(fclose(stream), 0);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "reading from streams");
}
