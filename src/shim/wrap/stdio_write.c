/*
 * stdio's functions that write bytes. Native on anything but a socket with our timers
 * (shim/stdio/stream.h); there the writing is ours (shim/stdio/stream_put.h). Hot: a character for which the
 * buffer has room costs a compare.
 */
/* The headers' inline versions must not stand in for the functions that are defined here. */
#ifndef __NO_INLINE__
#define __NO_INLINE__
#endif
#include "config.h"

#include <limits.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/stdio/stream_put.h"

typedef int put_function(int character, FILE *stream);

/* There is no room for the character. */
static int put_flushing(int character, FILE *stream, enum call call, put_function *function,
			bool locks)
{
	int result;

	if (stream_timed(stream)) {
		const unsigned char byte = (unsigned char)character;
		struct stream_call passage = {
			.stream = stream, .call = call, .operation = OPERATION_SEND};

		return stream_put(&passage, &byte, 1, locks) == 1 ? byte : EOF;
	}
	result = function(character, stream);
	stream_checked(stream, call, OPERATION_SEND);
	return result;
}

int wrap_putc(int character, FILE *stream)
{
	if (stream_has_room(stream))
		return REAL(putc)(character, stream);
	ATTEND_TRACED(putc, EOF, wrap_putc(character, stream), ARGUMENT(character),
		      ARGUMENT(stream));
	return put_flushing(character, stream, CALL_putc, REAL(putc), true);
}
CALL_ALIAS(fputc, putc);
CALL_ALIAS(_IO_putc, putc);

int wrap_putc_unlocked(int character, FILE *stream)
{
	if (stream_has_room(stream))
		return REAL(putc_unlocked)(character, stream);
	ATTEND_TRACED(putc_unlocked, EOF, wrap_putc_unlocked(character, stream),
		      ARGUMENT(character), ARGUMENT(stream));
	return put_flushing(character, stream, CALL_putc_unlocked, REAL(putc_unlocked), false);
}
CALL_ALIAS(fputc_unlocked, putc_unlocked);

int wrap_putchar(int character)
{
	if (stream_has_room(stdout))
		return REAL(putchar)(character);
	ATTEND_TRACED(putchar, EOF, wrap_putchar(character), ARGUMENT(character));
	return put_flushing(character, stdout, CALL_putchar, REAL(putc), true);
}

int wrap_putchar_unlocked(int character)
{
	if (stream_has_room(stdout))
		return REAL(putchar_unlocked)(character);
	ATTEND_TRACED(putchar_unlocked, EOF, wrap_putchar_unlocked(character),
		      ARGUMENT(character));
	return put_flushing(character, stdout, CALL_putchar_unlocked, REAL(putc_unlocked),
			    false);
}

/* What the inline version of putc_unlocked calls when there is no room. EOF is no character here:
 * it asks for a flush. */
int wrap___overflow(FILE *stream, int character)
{
	ATTEND_TRACED(__overflow, EOF, wrap___overflow(stream, character), ARGUMENT(stream),
		      ARGUMENT(character));

	int result;

	if (stream_timed(stream) && character != EOF)
		return put_flushing(character, stream, CALL___overflow, REAL(putc_unlocked),
				    false);
	STREAM_CALL(result, EOF, __overflow, SEND, stream, false,
		    REAL(__overflow)(stream, character));
	return result;
}

int wrap_putw(int word, FILE *stream)
{
	ATTEND_TRACED(putw, EOF, wrap_putw(word, stream), ARGUMENT(word), ARGUMENT(stream));

	int result;

	if (stream_timed(stream)) {
		struct stream_call passage = STREAM_CALL_FOR(putw, SEND, stream, false);

		return stream_put(&passage, &word, sizeof word, true) == sizeof word ? 0 : EOF;
	}
	result = REAL(putw)(word, stream);
	stream_checked(stream, CALL_putw, OPERATION_SEND);
	return result;
}

int wrap_fputs(const char *string, FILE *stream)
{
	ATTEND_TRACED(fputs, EOF, wrap_fputs(string, stream), ARGUMENT(string),
		      ARGUMENT(stream));

	int result;

	if (stream_timed(stream)) {
		const size_t length = strlen(string);
		struct stream_call passage = STREAM_CALL_FOR(fputs, SEND, stream, false);

		return stream_put(&passage, string, length, true) == length ? 1 : EOF;
	}
	result = REAL(fputs)(string, stream);
	stream_checked(stream, CALL_fputs, OPERATION_SEND);
	return result;
}
CALL_ALIAS(_IO_fputs, fputs);

int wrap_fputs_unlocked(const char *string, FILE *stream)
{
	ATTEND_TRACED(fputs_unlocked, EOF, wrap_fputs_unlocked(string, stream),
		      ARGUMENT(string), ARGUMENT(stream));

	int result;

	if (stream_timed(stream)) {
		const size_t length = strlen(string);
		struct stream_call passage =
			STREAM_CALL_FOR(fputs_unlocked, SEND, stream, false);

		return stream_put(&passage, string, length, false) == length ? 1 : EOF;
	}
	result = REAL(fputs_unlocked)(string, stream);
	stream_checked(stream, CALL_fputs_unlocked, OPERATION_SEND);
	return result;
}

/* The string and the newline, with no other thread's output in between. */
COLD static int puts_timed(FILE *stream, const char *string)
{
	struct stream_call passage = STREAM_CALL_FOR(puts, SEND, stream, false);
	const size_t length = strlen(string);
	int result = EOF;

	flockfile(stream);
	if (stream_put(&passage, string, length, true) == length &&
	    stream_put(&passage, "\n", 1, true) == 1)
		result = length < INT_MAX ? (int)length + 1 : INT_MAX;
	funlockfile(stream);
	return result;
}

int wrap_puts(const char *string)
{
	ATTEND_TRACED(puts, EOF, wrap_puts(string), ARGUMENT(string));

	int result;

	if (stream_timed(stdout))
		return puts_timed(stdout, string);
	result = REAL(puts)(string);
	stream_checked(stdout, CALL_puts, OPERATION_SEND);
	return result;
}
CALL_ALIAS(_IO_puts, puts);

COLD static size_t fwrite_timed(struct stream_call *passage, const void *data, size_t size,
				size_t count, bool locks)
{
	const size_t length = size * count;
	size_t taken;

	if (length == 0)
		return 0;
	taken = stream_put(passage, data, length, locks);
	return taken == length ? count : taken / size;
}

size_t wrap_fwrite(const void *data, size_t size, size_t count, FILE *stream)
{
	ATTEND_TRACED(fwrite, 0, wrap_fwrite(data, size, count, stream), ARGUMENT(data),
		      ARGUMENT(size), ARGUMENT(count), ARGUMENT(stream));

	size_t result;

	if (stream_timed(stream)) {
		struct stream_call passage = STREAM_CALL_FOR(fwrite, SEND, stream, false);

		return fwrite_timed(&passage, data, size, count, true);
	}
	result = REAL(fwrite)(data, size, count, stream);
	stream_checked(stream, CALL_fwrite, OPERATION_SEND);
	return result;
}
CALL_ALIAS(_IO_fwrite, fwrite);

size_t wrap_fwrite_unlocked(const void *data, size_t size, size_t count, FILE *stream)
{
	ATTEND_TRACED(fwrite_unlocked, 0, wrap_fwrite_unlocked(data, size, count, stream),
		      ARGUMENT(data), ARGUMENT(size), ARGUMENT(count), ARGUMENT(stream));

	size_t result;

	if (stream_timed(stream)) {
		struct stream_call passage =
			STREAM_CALL_FOR(fwrite_unlocked, SEND, stream, false);

		return fwrite_timed(&passage, data, size, count, false);
	}
	result = REAL(fwrite_unlocked)(data, size, count, stream);
	stream_checked(stream, CALL_fwrite_unlocked, OPERATION_SEND);
	return result;
}
