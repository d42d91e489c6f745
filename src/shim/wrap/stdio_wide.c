/*
 * stdio's functions for wide characters. As those for bytes (stdio_read.c, stdio_format.c), but
 * that libc does all the writing: it goes on after a handler (shim/system/resume.h), and what it had is lost
 * where the process is stopped meanwhile. Hot in principle; on a socket wide streams are rare.
 */
/* The headers' inline versions must not stand in for the functions that are defined here. */
#ifndef __NO_INLINE__
#define __NO_INLINE__
#endif
#include "config.h"

#include <pthread.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/stdio/stream.h"

/* A wrapper whose body is one call of libc's, on a stream. */
#define WIDE(type, operation, name, repeats, file, parameters, expression, ...)                \
	type wrap_##name parameters                                                            \
	{                                                                                      \
		type result;                                                                   \
                                                                                               \
		STREAM_CALL_SEEN(result, (type)-1, name, operation, file, repeats, expression, \
				 __VA_ARGS__);                                                 \
		return result;                                                                 \
	}

WIDE(wint_t, RECV, fgetwc, true, stream, (FILE * stream), REAL(fgetwc)(stream),
     ARGUMENT(stream))
CALL_ALIAS(getwc, fgetwc);
WIDE(wint_t, RECV, fgetwc_unlocked, true, stream, (FILE * stream),
     REAL(fgetwc_unlocked)(stream), ARGUMENT(stream))
CALL_ALIAS(getwc_unlocked, fgetwc_unlocked);
WIDE(wint_t, RECV, getwchar, true, stdin, (void), REAL(getwchar)(), )
WIDE(wint_t, RECV, getwchar_unlocked, true, stdin, (void), REAL(getwchar_unlocked)(), )
WIDE(wint_t, RECV, __wuflow, true, stream, (FILE * stream), REAL(__wuflow)(stream),
     ARGUMENT(stream))
WIDE(wint_t, RECV, __wunderflow, true, stream, (FILE * stream), REAL(__wunderflow)(stream),
     ARGUMENT(stream))

/* As stdio_read.c's line_read. */
static wchar_t *line_read(FILE *stream, enum call call, wchar_t *line, int size)
{
	int length = 0;
	wint_t character = 0;

	if (size <= 0)
		return NULL;
	while (length < size - 1 && character != L'\n') {
		struct stream_call passage = {.stream = stream,
					      .call = call,
					      .operation = OPERATION_RECV,
					      .repeats = true};
		const int saved_errno = errno;

		errno = 0;
		STREAM_TIMED(character, WEOF, &passage, REAL(fgetwc_unlocked)(stream));
		if (character == WEOF && errno != 0)
			return NULL;
		errno = saved_errno;
		if (character == WEOF)
			break;
		line[length++] = (wchar_t)character;
	}
	if (length == 0 && size > 1)
		return NULL;
	line[length] = L'\0';
	return line;
}

static void unlock(void *stream)
{
	funlockfile(stream);
}

wchar_t *wrap_fgetws(wchar_t *line, int size, FILE *stream)
{
	ATTEND_TRACED(fgetws, NULL, wrap_fgetws(line, size, stream), ARGUMENT(line),
		      ARGUMENT(size), ARGUMENT(stream));

	wchar_t *result;

	if (stream_timed(stream)) {
		flockfile(stream);
		pthread_cleanup_push(unlock, stream);
		result = line_read(stream, CALL_fgetws, line, size);
		pthread_cleanup_pop(1);
		return result;
	}
	result = REAL(fgetws)(line, size, stream);
	stream_checked(stream, CALL_fgetws, OPERATION_RECV);
	return result;
}

wchar_t *wrap_fgetws_unlocked(wchar_t *line, int size, FILE *stream)
{
	ATTEND_TRACED(fgetws_unlocked, NULL, wrap_fgetws_unlocked(line, size, stream),
		      ARGUMENT(line), ARGUMENT(size), ARGUMENT(stream));

	wchar_t *result;

	if (stream_timed(stream))
		return line_read(stream, CALL_fgetws_unlocked, line, size);
	result = REAL(fgetws_unlocked)(line, size, stream);
	stream_checked(stream, CALL_fgetws_unlocked, OPERATION_RECV);
	return result;
}

wchar_t *wrap___fgetws_chk(wchar_t *line, size_t line_size, int size, FILE *stream)
{
	if (UNLIKELY(size > 0 && (size_t)size > line_size))
		return REAL(__fgetws_chk)(line, line_size, size, stream);
	return wrap_fgetws(line, size, stream);
}

wchar_t *wrap___fgetws_unlocked_chk(wchar_t *line, size_t line_size, int size, FILE *stream)
{
	if (UNLIKELY(size > 0 && (size_t)size > line_size))
		return REAL(__fgetws_unlocked_chk)(line, line_size, size, stream);
	return wrap_fgetws_unlocked(line, size, stream);
}

WIDE(wint_t, SEND, fputwc, false, stream, (wchar_t character, FILE *stream),
     REAL(fputwc)(character, stream), ARGUMENT(character), ARGUMENT(stream))
CALL_ALIAS(putwc, fputwc);
WIDE(wint_t, SEND, fputwc_unlocked, false, stream, (wchar_t character, FILE *stream),
     REAL(fputwc_unlocked)(character, stream), ARGUMENT(character), ARGUMENT(stream))
CALL_ALIAS(putwc_unlocked, fputwc_unlocked);
WIDE(wint_t, SEND, putwchar, false, stdout, (wchar_t character), REAL(putwchar)(character),
     ARGUMENT(character))
WIDE(wint_t, SEND, putwchar_unlocked, false, stdout, (wchar_t character),
     REAL(putwchar_unlocked)(character), ARGUMENT(character))
WIDE(wint_t, SEND, __woverflow, false, stream, (FILE * stream, wint_t character),
     REAL(__woverflow)(stream, character), ARGUMENT(stream), ARGUMENT(character))
WIDE(int, SEND, fputws, false, stream, (const wchar_t *string, FILE *stream),
     REAL(fputws)(string, stream), ARGUMENT(string), ARGUMENT(stream))
WIDE(int, SEND, fputws_unlocked, false, stream, (const wchar_t *string, FILE *stream),
     REAL(fputws_unlocked)(string, stream), ARGUMENT(string), ARGUMENT(stream))

WIDE(int, SEND, vfwprintf, false, stream,
     (FILE * stream, const wchar_t *format, va_list arguments),
     REAL(vfwprintf)(stream, format, arguments), ARGUMENT(stream), ARGUMENT(format))
WIDE(int, SEND, vwprintf, false, stdout, (const wchar_t *format, va_list arguments),
     REAL(vwprintf)(format, arguments), ARGUMENT(format))
WIDE(int, SEND, __vfwprintf_chk, false, stream,
     (FILE * stream, int flag, const wchar_t *format, va_list arguments),
     REAL(__vfwprintf_chk)(stream, flag, format, arguments), ARGUMENT(stream), ARGUMENT(flag),
     ARGUMENT(format))
WIDE(int, SEND, __vwprintf_chk, false, stdout,
     (int flag, const wchar_t *format, va_list arguments),
     REAL(__vwprintf_chk)(flag, format, arguments), ARGUMENT(flag), ARGUMENT(format))

/* The same for those with three dots: expression is the call with a va_list, arguments. */
#define WIDE_VARIADIC(operation, name, file, parameters, expression, ...)                      \
	int wrap_##name parameters                                                             \
	{                                                                                      \
		va_list arguments;                                                             \
		int result;                                                                    \
                                                                                               \
		va_start(arguments, format);                                                   \
		STREAM_CALL_SEEN(result, EOF, name, operation, file, false, expression,        \
				 __VA_ARGS__);                                                 \
		va_end(arguments);                                                             \
		return result;                                                                 \
	}

WIDE_VARIADIC(SEND, fwprintf, stream, (FILE * stream, const wchar_t *format, ...),
	      REAL(vfwprintf)(stream, format, arguments), ARGUMENT(stream), ARGUMENT(format))
WIDE_VARIADIC(SEND, wprintf, stdout, (const wchar_t *format, ...),
	      REAL(vwprintf)(format, arguments), ARGUMENT(format))
WIDE_VARIADIC(SEND, __fwprintf_chk, stream,
	      (FILE * stream, int flag, const wchar_t *format, ...),
	      REAL(__vfwprintf_chk)(stream, flag, format, arguments), ARGUMENT(stream),
	      ARGUMENT(flag), ARGUMENT(format))
WIDE_VARIADIC(SEND, __wprintf_chk, stdout, (int flag, const wchar_t *format, ...),
	      REAL(__vwprintf_chk)(flag, format, arguments), ARGUMENT(flag), ARGUMENT(format))

#define WIDE_SCAN(prefix)                                                                      \
	WIDE(int, RECV, prefix##vfwscanf, false, stream,                                       \
	     (FILE * stream, const wchar_t *format, va_list arguments),                        \
	     REAL(prefix##vfwscanf)(stream, format, arguments), ARGUMENT(stream),              \
	     ARGUMENT(format))                                                                 \
	WIDE(int, RECV, prefix##vwscanf, false, stdin,                                         \
	     (const wchar_t *format, va_list arguments),                                       \
	     REAL(prefix##vwscanf)(format, arguments), ARGUMENT(format))                       \
	WIDE_VARIADIC(RECV, prefix##fwscanf, stream,                                           \
		      (FILE * stream, const wchar_t *format, ...),                             \
		      REAL(prefix##vfwscanf)(stream, format, arguments), ARGUMENT(stream),     \
		      ARGUMENT(format))                                                        \
	WIDE_VARIADIC(RECV, prefix##wscanf, stdin, (const wchar_t *format, ...),               \
		      REAL(prefix##vwscanf)(format, arguments), ARGUMENT(format))

WIDE_SCAN()
WIDE_SCAN(__isoc99_)
#ifdef HAVE___ISOC23_FSCANF
WIDE_SCAN(__isoc23_)
#endif
