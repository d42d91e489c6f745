/*
 * Prints the launcher's last message. Cold; owns no state.
 */
#include "launcher/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void die(int status, const char *format, ...)
{
	const int reason = errno; /* for %m: fputs may change errno */
	va_list arguments;

	fputs("socktimeout: ", stderr);
	va_start(arguments, format);
	errno = reason;
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(status);
}
