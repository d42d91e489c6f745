/*
 * Makes the text, and sends the text.
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/fd/fd.h"
#include "shim/stdio/print.h"
#include "shim/stdio/stream.h"

/* A longer text is made in allocated memory. */
#define TEXT_CAPACITY 4096

#ifdef __GLIBC__
/* The functions of the Linux Standard Base that <bits/stdio2.h> declares for fortified programs. */
int print_text_fortified(char *text, size_t capacity, int flag, size_t size, const char *format,
			 va_list arguments) __asm__("__vsnprintf_chk");
int print_allocated_fortified(char **text, int flag, const char *format,
			      va_list arguments) __asm__("__vasprintf_chk");
#endif

static int print_natively(int fd, const struct print_format *format, va_list arguments)
{
#ifdef __GLIBC__
	if (format->fortified)
		return REAL(__vdprintf_chk)(fd, format->flag, format->format, arguments);
#endif
	return REAL(vdprintf)(fd, format->format, arguments);
}

static int make_text(char text[TEXT_CAPACITY], const struct print_format *format,
		     va_list arguments)
{
#ifdef __GLIBC__
	if (format->fortified)
		return print_text_fortified(text, TEXT_CAPACITY, format->flag, TEXT_CAPACITY,
					    format->format, arguments);
#endif
	return vsnprintf(text, TEXT_CAPACITY, format->format, arguments);
}

static int allocate_text(char **text, const struct print_format *format, va_list arguments)
{
#ifdef __GLIBC__
	if (format->fortified)
		return print_allocated_fortified(text, format->flag, format->format, arguments);
#endif
	return vasprintf(text, format->format, arguments);
}

/* glibc repeats a write(2) that a handler has interrupted, since 2.37 (libio/iovdprintf.c). */
static bool repeats_writes(void)
{
#ifdef __GLIBC__
	return strverscmp(gnu_get_libc_version(), "2.37") >= 0;
#else
	return false;
#endif
}

static int send_text(int fd, const char *text, int length)
{
	return stream_send(fd, text, (size_t)length, repeats_writes()) == (size_t)length
		       ? length
		       : -1;
}

static int print_to_socket(int fd, const struct print_format *format, va_list arguments)
{
	const int saved_errno = errno;
	char text[TEXT_CAPACITY], *allocated;
	int length, result, error;
	va_list copy;

	va_copy(copy, arguments);
	length = make_text(text, format, copy);
	va_end(copy);
	if (length < 0)
		return -1;
	/* %m prints errno. */
	errno = saved_errno;
	if (length < TEXT_CAPACITY)
		return send_text(fd, text, length);
	length = allocate_text(&allocated, format, arguments);
	if (length < 0)
		return -1;
	errno = saved_errno;
	result = send_text(fd, allocated, length);
	error = errno;
	free(allocated);
	errno = error;
	return result;
}

int print_to_descriptor(int fd, const struct print_format *format, va_list arguments)
{
	const uint64_t state = fd_send_state(fd);

	if (!stream_wanted() || fd_is_native(state) || !fd_is_socket(fd, state))
		return print_natively(fd, format, arguments);
	return print_to_socket(fd, format, arguments);
}
