/*
 * stdio's functions that read bytes. Native on anything but a socket with our timers
 * (shim/stdio/stream.h). Hot: a character that is in the buffer costs a compare.
 */
/* The headers' inline versions must not stand in for the functions that are defined here. */
#ifndef __NO_INLINE__
#define __NO_INLINE__
#endif
#include "config.h"

#include <pthread.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/stdio/stream.h"

typedef int get_function(FILE *stream);

/* No character is there. */
static int get_waiting(FILE *stream, enum call call, get_function *function)
{
	int character;

	if (stream_timed(stream)) {
		struct stream_call passage = {.stream = stream,
					      .call = call,
					      .operation = OPERATION_RECV,
					      .repeats = true};

		STREAM_TIMED(character, EOF, &passage, function(stream));
	} else {
		character = function(stream);
		stream_checked(stream, call, OPERATION_RECV);
	}
	return character;
}

int wrap_getc(FILE *stream)
{
	if (stream_has_input(stream))
		return REAL(getc)(stream);
	ATTEND_TRACED(getc, EOF, wrap_getc(stream), ARGUMENT(stream));
	return get_waiting(stream, CALL_getc, REAL(getc));
}
CALL_ALIAS(fgetc, getc);
CALL_ALIAS(_IO_getc, getc);

int wrap_getc_unlocked(FILE *stream)
{
	if (stream_has_input(stream))
		return REAL(getc_unlocked)(stream);
	ATTEND_TRACED(getc_unlocked, EOF, wrap_getc_unlocked(stream), ARGUMENT(stream));
	return get_waiting(stream, CALL_getc_unlocked, REAL(getc_unlocked));
}
CALL_ALIAS(fgetc_unlocked, getc_unlocked);

int wrap_getchar(void)
{
	if (stream_has_input(stdin))
		return REAL(getchar)();
	ATTEND_TRACED(getchar, EOF, wrap_getchar(), );
	return get_waiting(stdin, CALL_getchar, REAL(getc));
}

int wrap_getchar_unlocked(void)
{
	if (stream_has_input(stdin))
		return REAL(getchar_unlocked)();
	ATTEND_TRACED(getchar_unlocked, EOF, wrap_getchar_unlocked(), );
	return get_waiting(stdin, CALL_getchar_unlocked, REAL(getc_unlocked));
}

/* What the inline versions of the above call when there is no character. */
int wrap___uflow(FILE *stream)
{
	ATTEND_TRACED(__uflow, EOF, wrap___uflow(stream), ARGUMENT(stream));

	return get_waiting(stream, CALL___uflow, REAL(__uflow));
}

int wrap___underflow(FILE *stream)
{
	ATTEND_TRACED(__underflow, EOF, wrap___underflow(stream), ARGUMENT(stream));

	return get_waiting(stream, CALL___underflow, REAL(__underflow));
}

int wrap_getw(FILE *stream)
{
	ATTEND_TRACED(getw, EOF, wrap_getw(stream), ARGUMENT(stream));

	int word;

	STREAM_CALL(word, EOF, getw, RECV, stream, false, REAL(getw)(stream));
	return word;
}

static void unlock(void *stream)
{
	funlockfile(stream);
}

/* As libc's, but that an interrupted read is made again: libc does not tell how much of the line
 * it has stored. Returns NULL for no line, with errno where that was an error. */
static char *line_read(FILE *stream, enum call call, char *line, int size)
{
	int length = 0, character = 0;

	if (size <= 0)
		return NULL;
	while (length < size - 1 && character != '\n') {
		if (stream_has_input(stream)) {
			character = (unsigned char)*stream->_IO_read_ptr++;
		} else {
			const int saved_errno = errno;

			errno = 0;
			character = get_waiting(stream, call, REAL(getc_unlocked));
			if (character == EOF && errno != 0)
				return NULL;
			errno = saved_errno;
			if (character == EOF)
				break;
		}
		line[length++] = (char)character;
	}
	if (length == 0 && size > 1)
		return NULL;
	line[length] = '\0';
	return line;
}

/* A line from a socket with our timers. */
COLD static char *line_timed(FILE *stream, enum call call, char *line, int size, bool locks)
{
	char *result;

	if (fwide(stream, -1) >= 0)
		return REAL(fgets_unlocked)(line, size, stream);
	if (!locks)
		return line_read(stream, call, line, size);
	flockfile(stream);
	pthread_cleanup_push(unlock, stream);
	result = line_read(stream, call, line, size);
	pthread_cleanup_pop(1);
	return result;
}

char *wrap_fgets(char *line, int size, FILE *stream)
{
	ATTEND_TRACED(fgets, NULL, wrap_fgets(line, size, stream), ARGUMENT(line),
		      ARGUMENT(size), ARGUMENT(stream));

	char *result;

	if (stream_timed(stream))
		return line_timed(stream, CALL_fgets, line, size, true);
	result = REAL(fgets)(line, size, stream);
	stream_checked(stream, CALL_fgets, OPERATION_RECV);
	return result;
}
CALL_ALIAS(_IO_fgets, fgets);

char *wrap_fgets_unlocked(char *line, int size, FILE *stream)
{
	ATTEND_TRACED(fgets_unlocked, NULL, wrap_fgets_unlocked(line, size, stream),
		      ARGUMENT(line), ARGUMENT(size), ARGUMENT(stream));

	char *result;

	if (stream_timed(stream))
		return line_timed(stream, CALL_fgets_unlocked, line, size, false);
	result = REAL(fgets_unlocked)(line, size, stream);
	stream_checked(stream, CALL_fgets_unlocked, OPERATION_RECV);
	return result;
}

/* The fortified entry points abort where the line is longer than its place. */
char *wrap___fgets_chk(char *line, size_t line_size, int size, FILE *stream)
{
	if (UNLIKELY(size > 0 && (size_t)size > line_size))
		return REAL(__fgets_chk)(line, line_size, size, stream);
	return wrap_fgets(line, size, stream);
}

char *wrap___fgets_unlocked_chk(char *line, size_t line_size, int size, FILE *stream)
{
	if (UNLIKELY(size > 0 && (size_t)size > line_size))
		return REAL(__fgets_unlocked_chk)(line, line_size, size, stream);
	return wrap_fgets_unlocked(line, size, stream);
}

char *wrap_gets(char *line)
{
	ATTEND_TRACED(gets, NULL, wrap_gets(line), ARGUMENT(line));

	char *result;

	STREAM_CALL(result, NULL, gets, RECV, stdin, false, REAL(gets)(line));
	return result;
}
CALL_ALIAS(_IO_gets, gets);

char *wrap___gets_chk(char *line, size_t line_size)
{
	ATTEND_TRACED(__gets_chk, NULL, wrap___gets_chk(line, line_size), ARGUMENT(line),
		      ARGUMENT(line_size));

	char *result;

	STREAM_CALL(result, NULL, __gets_chk, RECV, stdin, false,
		    REAL(__gets_chk)(line, line_size));
	return result;
}

/* In bytes, so that it can go on after an interruption. */
COLD static size_t fread_timed(struct stream_call *passage, char *data, size_t size,
			       size_t count, call_fread_function *function)
{
	const size_t wanted = size * count;
	size_t done = 0;

	if (wanted == 0)
		return 0;
	if (stream_begin(passage))
		do
			done += function(data + done, 1, wanted - done, passage->stream);
		while (done < wanted && stream_again(passage));
	stream_end(passage);
	return done == wanted ? count : done / size;
}

size_t wrap_fread(void *data, size_t size, size_t count, FILE *stream)
{
	ATTEND_TRACED(fread, 0, wrap_fread(data, size, count, stream), ARGUMENT(data),
		      ARGUMENT(size), ARGUMENT(count), ARGUMENT(stream));

	size_t result;

	if (stream_timed(stream)) {
		struct stream_call passage = STREAM_CALL_FOR(fread, RECV, stream, true);

		return fread_timed(&passage, data, size, count, REAL(fread));
	}
	result = REAL(fread)(data, size, count, stream);
	stream_checked(stream, CALL_fread, OPERATION_RECV);
	return result;
}
CALL_ALIAS(_IO_fread, fread);

size_t wrap_fread_unlocked(void *data, size_t size, size_t count, FILE *stream)
{
	ATTEND_TRACED(fread_unlocked, 0, wrap_fread_unlocked(data, size, count, stream),
		      ARGUMENT(data), ARGUMENT(size), ARGUMENT(count), ARGUMENT(stream));

	size_t result;

	if (stream_timed(stream)) {
		struct stream_call passage =
			STREAM_CALL_FOR(fread_unlocked, RECV, stream, true);

		return fread_timed(&passage, data, size, count, REAL(fread_unlocked));
	}
	result = REAL(fread_unlocked)(data, size, count, stream);
	stream_checked(stream, CALL_fread_unlocked, OPERATION_RECV);
	return result;
}

static bool overflows(size_t data_size, size_t size, size_t count)
{
	size_t wanted;

	return UNLIKELY(__builtin_mul_overflow(size, count, &wanted) || wanted > data_size);
}

size_t wrap___fread_chk(void *data, size_t data_size, size_t size, size_t count, FILE *stream)
{
	if (overflows(data_size, size, count))
		return REAL(__fread_chk)(data, data_size, size, count, stream);
	return wrap_fread(data, size, count, stream);
}

size_t wrap___fread_unlocked_chk(void *data, size_t data_size, size_t size, size_t count,
				 FILE *stream)
{
	if (overflows(data_size, size, count))
		return REAL(__fread_unlocked_chk)(data, data_size, size, count, stream);
	return wrap_fread_unlocked(data, size, count, stream);
}

/* Put a part of a line back, so that reading can begin again. */
static bool put_back(FILE *stream, const char *line, size_t length)
{
	while (length > 0)
		if (ungetc((unsigned char)line[--length], stream) == EOF)
			return false;
	return true;
}

/* Where a read fails in a line libc returns what there is; that is not a line for an interrupted
 * read that is to be made again. */
COLD static ssize_t delimited_timed(FILE *stream, enum call call, char **line, size_t *size,
				    int delimiter)
{
	struct stream_call passage = {
		.stream = stream, .call = call, .operation = OPERATION_RECV, .repeats = true};
	ssize_t length = -1;

	if (stream_begin(&passage))
		do
			length = REAL(getdelim)(line, size, delimiter, stream);
		while (stream_again(&passage) &&
		       (length < 0 || put_back(stream, *line, (size_t)length)));
	stream_end(&passage);
	return length;
}

ssize_t wrap_getdelim(char **line, size_t *size, int delimiter, FILE *stream)
{
	ATTEND_TRACED(getdelim, EOF, wrap_getdelim(line, size, delimiter, stream),
		      ARGUMENT(line), ARGUMENT(size), ARGUMENT(delimiter), ARGUMENT(stream));

	ssize_t result;

	if (stream_timed(stream))
		return delimited_timed(stream, CALL_getdelim, line, size, delimiter);
	result = REAL(getdelim)(line, size, delimiter, stream);
	stream_checked(stream, CALL_getdelim, OPERATION_RECV);
	return result;
}
CALL_ALIAS(__getdelim, getdelim);

ssize_t wrap_getline(char **line, size_t *size, FILE *stream)
{
	ATTEND_TRACED(getline, EOF, wrap_getline(line, size, stream), ARGUMENT(line),
		      ARGUMENT(size), ARGUMENT(stream));

	ssize_t result;

	if (stream_timed(stream))
		return delimited_timed(stream, CALL_getline, line, size, '\n');
	result = REAL(getline)(line, size, stream);
	stream_checked(stream, CALL_getline, OPERATION_RECV);
	return result;
}
