/*
 * dprintf(3) and its kind on a socket. libc would write the text with a write of its own; here the
 * whole text is made first and is then sent with the library's write. Owns nothing. Cold. Not
 * async-signal-safe.
 */
#ifndef SHIM_STDIO_PRINT_H
#define SHIM_STDIO_PRINT_H

#include <stdarg.h>
#include <stdbool.h>

/* The format of dprintf's arguments. */
struct print_format {
	const char *format;
	bool fortified; /* by __dprintf_chk or __vdprintf_chk, whose argument `flag` is */
	int flag;
};

/* Print to fd. Returns the length of the text, or -1 with errno. errno is unchanged on success where
 * fd is a socket. At most one system call more than natively. */
int print_to_descriptor(int fd, const struct print_format *format, va_list arguments);

#endif
