/*
 * fdopen on a socket, and what a program can do with the stream: as natively, under the library too.
 */
#include "config.h"

#include "stream/stream.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio_ext.h>
#include <sys/wait.h>

static const struct {
	const char *mode;
	bool reads, writes;
	int error;
} modes[] = {
	{"r", true, false, 0},        {"w", false, true, 0},
	{"a", false, true, 0},        {"r+", true, true, 0},
	{"w+", true, true, 0},        {"a+", true, true, 0},
	{"rb", true, false, 0},       {"rb+", true, true, 0},
	{"r+b", true, true, 0},       {"re", true, false, 0},
	{"wx", false, true, 0},       {"rc", true, false, 0},
	{"rm", true, false, 0},       {"rxe+", true, true, 0},
	{"rxebc+", true, false, 0},   {"r,ccs=UTF-8", true, false, 0},
	{"", false, false, EINVAL},   {"q", false, false, EINVAL},
	{"+r", false, false, EINVAL},
};

BEHAVIOUR_LOOP(by_mode, ALL, COUNT(modes))
{
	const char *const mode_text = modes[_i].mode;
	FILE *stream;
	int pair[2];

	stream_pair(AF_UNIX, pair);
	errno = 0;
	stream = fdopen(pair[0], mode_text);
	if (modes[_i].error != 0) {
		ck_assert_ptr_null(stream);
		ck_assert_int_eq(errno, modes[_i].error);
		ck_assert_int_eq(close(pair[0]), 0);
		return;
	}
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fileno(stream), pair[0]);
	ck_assert_int_eq(__freadable(stream) != 0, modes[_i].reads);
	ck_assert_int_eq(__fwritable(stream) != 0, modes[_i].writes);
	ck_assert_int_eq((fcntl(pair[0], F_GETFL) & O_APPEND) != 0, mode_text[0] == 'a');
	ck_assert_int_eq(fcntl(pair[0], F_GETFD), 0);
	ck_assert_int_eq(fputs("out", stream) >= 0 && fflush(stream) == 0, modes[_i].writes);
	clearerr(stream);
	send_whole(pair[1], "in", 2);
	ck_assert_int_eq(getc(stream), modes[_i].reads ? 'i' : EOF);
	ck_assert_int_eq(ferror(stream) != 0, !modes[_i].reads);
	/* There is input that nobody reads. */
	ck_assert_int_eq(fclose(stream), 0);
	ck_failed(fcntl(pair[0], F_GETFD), EBADF);
}

BEHAVIOUR_TEST(refused, ALL)
{
	const int file = open("/dev/null", O_RDONLY);

	errno = 0;
	ck_assert_ptr_null(fdopen(file, "w"));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(fdopen(9999, "r"));
	ck_assert_int_eq(errno, EBADF);
	ck_assert_ptr_null(fdopen(-1, "r"));
	ck_assert_int_eq(errno, EBADF);
}

BEHAVIOUR_TEST(buffers, ALL)
{
	char own[100];
	int peer;
	FILE *stream = stream_open("r+", &peer);

	ck_assert_int_ge(fputs("line\n", stream), 0);
	ck_assert_uint_eq(__fbufsize(stream), 4096);
	ck_assert_uint_eq(__fpending(stream), 5);
	ck_assert_int_eq(__flbf(stream), 0);
	ck_assert_int_eq(setvbuf(stream, NULL, _IOLBF, 0), 0);
	ck_assert_int_ne(__flbf(stream), 0);
	ck_assert_int_eq(setvbuf(stream, NULL, _IONBF, 0), 0);
	ck_assert_uint_eq(__fbufsize(stream), 1);
	ck_assert_int_eq(fclose(stream), 0);

	stream = stream_open("r+", &peer);
	ck_assert_int_eq(setvbuf(stream, own, _IOFBF, sizeof own), 0);
	ck_assert_int_eq(putc('x', stream), 'x');
	ck_assert_int_eq(own[0], 'x');
	ck_assert_uint_eq(__fbufsize(stream), sizeof own);
	ck_assert_int_eq(fclose(stream), 0);

	stream = stream_open("r+", &peer);
	ck_assert_int_eq(setvbuf(stream, NULL, _IOFBF, 0), 0);
	ck_assert_uint_eq(__fbufsize(stream), 4096);
	ck_assert_int_eq(fclose(stream), 0);
}

/* A socket has no position. */
BEHAVIOUR_TEST(positions, ALL)
{
	fpos_t position;
	int peer;
	FILE *const stream = stream_open("r+", &peer);

	ck_failed(fseek(stream, 0, SEEK_SET), ESPIPE);
	ck_failed(fseek(stream, 1, SEEK_CUR), ESPIPE);
	ck_failed(fseek(stream, 0, SEEK_END), ESPIPE);
	ck_failed(ftell(stream), ESPIPE);
	ck_failed(fgetpos(stream, &position), ESPIPE);
	errno = 0;
	rewind(stream);
	ck_assert_int_eq(errno, ESPIPE);
	ck_assert_int_eq(ferror(stream), 0);
	send_whole(peer, "input", 5);
	ck_assert_int_eq(getc(stream), 'i');
	ck_failed(fseek(stream, -1, SEEK_CUR), ESPIPE);
	ck_assert_int_eq(ungetc('I', stream), 'I');
	ck_assert_int_eq(ungetc('>', stream), '>');
	ck_assert_int_eq(getc(stream), '>');
	ck_assert_int_eq(getc(stream), 'I');
	ck_assert_int_eq(getc(stream), 'n');
	ck_assert_int_eq(fclose(stream), 0);
}

/* The descriptor becomes a file under the stream. */
BEHAVIOUR_TEST(on_a_file, ALL)
{
	char path[] = "/tmp/socktimeout-test.XXXXXX", line[10];
	const int file = mkstemp(path);
	int peer;
	FILE *const stream = stream_open("r+", &peer);

	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(dup2(file, fileno(stream)), fileno(stream));
	ck_assert_int_ge(fputs("0123456789", stream), 0);
	ck_assert_int_eq(fseek(stream, 3, SEEK_SET), 0);
	ck_assert_int_eq(ftell(stream), 3);
	ck_assert_ptr_nonnull(fgets(line, 4, stream));
	ck_assert_str_eq(line, "345");
	ck_assert_int_eq(ftell(stream), 6);
	ck_assert_int_eq(fclose(stream), 0);
}

BEHAVIOUR_TEST(reopened, ALL)
{
	char path[] = "/tmp/socktimeout-test.XXXXXX", received[10];
	int peer;
	FILE *const stream = stream_open("r+", &peer);
	const int fd = fileno(stream), file = mkstemp(path);

	ck_assert_int_ge(fputs("last", stream), 0);
	ck_assert_ptr_eq(freopen(path, "r+", stream), stream);
	ck_assert_int_eq(fileno(stream), fd);
	receive_whole(peer, received, 4);
	ck_assert_int_eq(recv(peer, received, 1, 0), 0);
	ck_assert_int_eq(fwide(stream, 0), 0);
	ck_assert_int_ge(fputws(L"wide", stream), 0);
	ck_assert_int_eq(fseek(stream, 0, SEEK_SET), 0);
	ck_assert_int_eq(fgetwc(stream), L'w');
	ck_assert_int_eq(fclose(stream), 0);
	ck_failed(fcntl(fd, F_GETFD), EBADF);
	ck_assert_int_eq(lseek(file, 0, SEEK_END), 4);
	ck_assert_int_eq(unlink(path), 0);
}

/* A socket cannot be opened by its name in /proc. */
BEHAVIOUR_TEST(reopened_in_vain, ALL)
{
	int peer;
	FILE *const stream = stream_open("r", &peer);

	errno = 0;
	ck_assert_ptr_null(freopen(NULL, "r", stream));
	ck_assert_int_eq(errno, ENXIO);
}

BEHAVIOUR_TEST(wide, ALL)
{
	char received[20];
	int peer;
	FILE *const stream = stream_open("r+", &peer);

	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	ck_assert_int_eq(fwide(stream, 0), 0);
	ck_assert_int_eq(fputws(L"\u20ac\n", stream) >= 0, true);
	ck_assert_int_gt(fwide(stream, 0), 0);
	ck_assert_int_eq(fputs("bytes", stream), EOF);
	ck_assert_int_eq(fflush(stream), 0);
	receive_whole(peer, received, 4);
	ck_assert_mem_eq(received, "\xe2\x82\xac\n", 4);
	send_whole(peer, "\xe2\x82\xacx", 4);
	ck_assert_int_eq(fgetwc(stream), 0x20ac);
	ck_assert_int_eq(fclose(stream), 0);
}

BEHAVIOUR_TEST(narrow, ALL)
{
	int peer;
	FILE *const stream = stream_open("r+", &peer);

	send_whole(peer, "xy", 2);
	ck_assert_int_eq(getc(stream), 'x');
	ck_assert_int_lt(fwide(stream, 1), 0);
	ck_assert(fgetwc(stream) == WEOF);
	ck_assert_int_eq(getc(stream), 'y');
	ck_assert_int_eq(fclose(stream), 0);
}

/* The flush fails, and so fclose does; or the descriptor is gone. */
BEHAVIOUR_TEST(closed_with_an_error, ALL)
{
	int pair[2];
	FILE *stream;

	ck_assert_ptr_ne(signal(SIGPIPE, SIG_IGN), SIG_ERR);
	stream_pair(AF_UNIX, pair);
	stream = fdopen(pair[0], "w");
	ck_assert_int_ge(fputs("late", stream), 0);
	ck_assert_int_eq(close(pair[1]), 0);
	ck_failed(fclose(stream), EPIPE);
	ck_failed(fcntl(pair[0], F_GETFD), EBADF);
	stream_pair(AF_UNIX, pair);
	stream = fdopen(pair[0], "r");
	ck_assert_int_eq(close(pair[0]), 0);
	ck_failed(fclose(stream), EBADF);
}

/* Parent and child have a copy each of what is in the buffer. */
BEHAVIOUR_TEST(forked, ALL)
{
	char received[8];
	int peer, status;
	FILE *const stream = stream_open("w", &peer);
	pid_t pid;

	ck_assert_int_ge(fputs("text", stream), 0);
	pid = fork();
	if (pid == 0)
		exit(0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(fclose(stream), 0);
	receive_whole(peer, received, 8);
	ck_assert_mem_eq(received, "texttext", 8);
	ck_assert_int_eq(recv(peer, received, 1, 0), 0);
}

BEHAVIOUR_TEST(end_of_file, ALL)
{
	int peer;
	FILE *const stream = stream_open("r+", &peer);

	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(getc(stream), EOF);
		ck_assert_int_ne(feof(stream), 0);
		ck_assert_int_eq(ferror(stream), 0);
		clearerr(stream);
		ck_assert_int_eq(feof(stream), 0);
	}
	ck_assert_int_ge(fputs("out", stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
}

/* More than fits on the stack, and text with an error in it. */
BEHAVIOUR_TEST(dprintf_of_any_size, ALL)
{
	static char received[100000];
	int pair[2];

	stream_pair(AF_UNIX, pair);
	for (int size = 4000; size < 100000; size = size * 2 + 95) {
		errno = EXDEV;
		ck_assert_int_eq(dprintf(pair[0], "%*d", size, 7), size);
		ck_assert_int_eq(errno, EXDEV);
		receive_whole(pair[1], received, (size_t)size);
		ck_assert_int_eq(received[size - 1], '7');
	}
	ck_assert_int_eq(dprintf(pair[0], "%s", ""), 0);
	ck_failed(dprintf(pair[0], "%ls", L"\x20ac"), EILSEQ);
	ck_failed(dprintf(-1, "x"), EBADF);
	ck_failed(recv(pair[1], received, 1, MSG_DONTWAIT), EAGAIN);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "opening streams");
}
