/*
 * fdopen, and dprintf and its kind. No other function of stdio is wrapped: a stream on a socket reads
 * and writes with the library's own read and write (shim/stdio/stream.h). Cold. Not
 * async-signal-safe.
 */
#include "config.h"

#include <stdarg.h>

#include "calls/calls.h"
#include "shim/log/traced.h"
#include "shim/stdio/print.h"
#include "shim/stdio/stream.h"

FILE *wrap_fdopen(int fd, const char *mode)
{
	const struct traced traced = TRACED(fdopen, ARGUMENT(fd), ARGUMENT(mode));
	FILE *const stream = stream_open(fd, mode);

	traced_end(&traced, (intptr_t)stream);
	return stream;
}
CALL_ALIAS(_IO_fdopen, fdopen);

#ifndef HAVE_GLIBC
int wrap_fileno(FILE *stream)
{
	return stream_descriptor(stream);
}
CALL_ALIAS(fileno_unlocked, fileno);
#endif

int wrap_vdprintf(int fd, const char *format, va_list arguments)
{
	const struct traced traced = TRACED(vdprintf, ARGUMENT(fd), ARGUMENT(format));
	const int result = print_to_descriptor(
		fd, &(const struct print_format){format, false, 0}, arguments);

	traced_end(&traced, result);
	return result;
}

#ifdef HAVE_GLIBC
int wrap___vdprintf_chk(int fd, int flag, const char *format, va_list arguments)
{
	const struct traced traced =
		TRACED(__vdprintf_chk, ARGUMENT(fd), ARGUMENT(flag), ARGUMENT(format));
	const int result = print_to_descriptor(
		fd, &(const struct print_format){format, true, flag}, arguments);

	traced_end(&traced, result);
	return result;
}
#endif

int wrap_dprintf(int fd, const char *format, ...)
{
	const struct traced traced = TRACED(dprintf, ARGUMENT(fd), ARGUMENT(format));
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = print_to_descriptor(fd, &(const struct print_format){format, false, 0},
				     arguments);
	va_end(arguments);
	traced_end(&traced, result);
	return result;
}

#ifdef HAVE_GLIBC
int wrap___dprintf_chk(int fd, int flag, const char *format, ...)
{
	const struct traced traced =
		TRACED(__dprintf_chk, ARGUMENT(fd), ARGUMENT(flag), ARGUMENT(format));
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = print_to_descriptor(fd, &(const struct print_format){format, true, flag},
				     arguments);
	va_end(arguments);
	traced_end(&traced, result);
	return result;
}
#endif
