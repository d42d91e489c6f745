/*
 * printf, scanf and their kin. A variadic one forwards to the real one that takes a va_list. On a
 * socket with our timers the text is made first and put as by fputs (shim/stdio/stream_put.h); one that
 * does not fit in here is written by libc, and the socket's timer bounds that.
 */
#include "config.h"

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/bound.h"
#include "shim/config/configuration.h"
#include "shim/stdio/stream_put.h"

/* The text of one call; as long as libc's own buffer for a socket. */
#define TEXT_CAPACITY 4096

/* glibc's (Linux Standard Base, __vsnprintf_chk): declared only in its fortified headers. */
int format_checked(char *text, size_t capacity, int flag, size_t size, const char *format,
		   va_list arguments) __asm__("__vsnprintf_chk");

/* Which of vfprintf and __vfprintf_chk is meant; flag is for the latter. */
struct format {
	const char *format;
	bool checked;
	int flag;
};

/* The length of the text, or -1 where it does not fit or there is an error in it. */
static int format_text(char text[TEXT_CAPACITY], const struct format *format, va_list arguments)
{
	const int saved_errno = errno;
	va_list copy;
	int length;

	va_copy(copy, arguments);
	if (format->checked)
		length = format_checked(text, TEXT_CAPACITY, format->flag, TEXT_CAPACITY,
					format->format, copy);
	else
		length = vsnprintf(text, TEXT_CAPACITY, format->format, copy);
	va_end(copy);
	errno = saved_errno;
	return length < TEXT_CAPACITY ? length : -1;
}

static int print_natively(FILE *stream, const struct format *format, va_list arguments)
{
	if (format->checked)
		return REAL(__vfprintf_chk)(stream, format->flag, format->format, arguments);
	return REAL(vfprintf)(stream, format->format, arguments);
}

COLD static int print_timed(FILE *stream, enum call call, const struct format *format,
			    va_list arguments)
{
	struct stream_call passage = {
		.stream = stream, .call = call, .operation = OPERATION_SEND};
	char text[TEXT_CAPACITY];
	const int length = format_text(text, format, arguments);
	int result;

	if (length >= 0)
		return stream_put(&passage, text, (size_t)length, true) == (size_t)length
			       ? length
			       : -1;
	STREAM_TIMED(result, -1, &passage, print_natively(stream, format, arguments));
	return result;
}

static int print_unseen(FILE *stream, enum call call, const struct format *format,
			va_list arguments)
{
	int result;

	if (stream_timed(stream))
		return print_timed(stream, call, format, arguments);
	result = print_natively(stream, format, arguments);
	stream_checked(stream, call, OPERATION_SEND);
	return result;
}

/* A call with a format, to be printed: to, the stream or descriptor, is its first argument, or is
 * not there. */
static struct attention seen(enum call call, bool has_to, uintptr_t to,
			     const struct format *format)
{
	struct attention attention = {
		.call = call, .operation = OPERATION_COUNT, .fd = -1, .answer = -1};

	if (has_to)
		attention.arguments[attention.count++] = to;
	if (format->checked)
		attention.arguments[attention.count++] = ARGUMENT(format->flag);
	attention.arguments[attention.count++] = ARGUMENT(format->format);
	return attention;
}

static bool has_stream(enum call call)
{
	return call != CALL_printf && call != CALL_vprintf && call != CALL___printf_chk &&
	       call != CALL___vprintf_chk;
}

static int print(FILE *stream, enum call call, const struct format *format, va_list arguments)
{
	int result;

	if (attention_due(call)) {
		struct attention attention =
			seen(call, has_stream(call), ARGUMENT(stream), format);

		ATTEND(result, &attention, print_unseen(stream, call, format, arguments));
	} else {
		result = print_unseen(stream, call, format, arguments);
	}
	return result;
}

#define FORWARD(name, stream, last, ...)                                                       \
	const struct format its = {__VA_ARGS__};                                               \
	va_list arguments;                                                                     \
	int result;                                                                            \
                                                                                               \
	va_start(arguments, last);                                                             \
	result = print(stream, CALL_##name, &its, arguments);                                  \
	va_end(arguments);                                                                     \
	return result

int wrap_fprintf(FILE *stream, const char *format, ...)
{
	FORWARD(fprintf, stream, format, format, false, 0);
}
CALL_ALIAS(_IO_fprintf, fprintf);

int wrap_printf(const char *format, ...)
{
	FORWARD(printf, stdout, format, format, false, 0);
}
CALL_ALIAS(_IO_printf, printf);

int wrap___fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
	FORWARD(__fprintf_chk, stream, format, format, true, flag);
}

int wrap___printf_chk(int flag, const char *format, ...)
{
	FORWARD(__printf_chk, stdout, format, format, true, flag);
}

int wrap_vfprintf(FILE *stream, const char *format, va_list arguments)
{
	return print(stream, CALL_vfprintf, &(const struct format){format, false, 0},
		     arguments);
}
CALL_ALIAS(_IO_vfprintf, vfprintf);

int wrap_vprintf(const char *format, va_list arguments)
{
	return print(stdout, CALL_vprintf, &(const struct format){format, false, 0}, arguments);
}

int wrap___vfprintf_chk(FILE *stream, int flag, const char *format, va_list arguments)
{
	return print(stream, CALL___vfprintf_chk, &(const struct format){format, true, flag},
		     arguments);
}

int wrap___vprintf_chk(int flag, const char *format, va_list arguments)
{
	return print(stdout, CALL___vprintf_chk, &(const struct format){format, true, flag},
		     arguments);
}

static int print_to_descriptor_natively(int fd, const struct format *format, va_list arguments)
{
	if (format->checked)
		return REAL(__vdprintf_chk)(fd, format->flag, format->format, arguments);
	return REAL(vdprintf)(fd, format->format, arguments);
}

/* dprintf writes with a stream of its own, which ends with the call. */
COLD static int print_to_socket(int fd, enum call call, const struct format *format,
				va_list arguments)
{
	char text[TEXT_CAPACITY];
	const int length = format_text(text, format, arguments);
	const int saved_errno = errno;
	int result;

	if (length > 0) {
		if (stream_write(fd, call, text, (size_t)length) != (size_t)length)
			return -1;
		errno = saved_errno;
		return length;
	}
	bound_set(fd);
	result = print_to_descriptor_natively(fd, format, arguments);
	if (result < 0 && errno == EAGAIN && bound_holds(fd, OPERATION_SEND))
		stream_timed_out(fd, call, OPERATION_SEND);
	return result;
}

static int print_to_descriptor_unseen(int fd, enum call call, const struct format *format,
				      va_list arguments)
{
	if (hint_native(hint_get(fd)) || !config_active())
		return print_to_descriptor_natively(fd, format, arguments);
	return print_to_socket(fd, call, format, arguments);
}

static int print_to_descriptor(int fd, enum call call, const struct format *format,
			       va_list arguments)
{
	int result;

	if (attention_due(call)) {
		struct attention attention = seen(call, true, ARGUMENT(fd), format);

		ATTEND(result, &attention,
		       print_to_descriptor_unseen(fd, call, format, arguments));
	} else {
		result = print_to_descriptor_unseen(fd, call, format, arguments);
	}
	return result;
}

#define FORWARD_TO_DESCRIPTOR(name, ...)                                                       \
	const struct format its = {__VA_ARGS__};                                               \
	va_list arguments;                                                                     \
	int result;                                                                            \
                                                                                               \
	va_start(arguments, format);                                                           \
	result = print_to_descriptor(fd, CALL_##name, &its, arguments);                        \
	va_end(arguments);                                                                     \
	return result

int wrap_dprintf(int fd, const char *format, ...)
{
	FORWARD_TO_DESCRIPTOR(dprintf, format, false, 0);
}

int wrap___dprintf_chk(int fd, int flag, const char *format, ...)
{
	FORWARD_TO_DESCRIPTOR(__dprintf_chk, format, true, flag);
}

int wrap_vdprintf(int fd, const char *format, va_list arguments)
{
	return print_to_descriptor(fd, CALL_vdprintf, &(const struct format){format, false, 0},
				   arguments);
}

int wrap___vdprintf_chk(int fd, int flag, const char *format, va_list arguments)
{
	return print_to_descriptor(fd, CALL___vdprintf_chk,
				   &(const struct format){format, true, flag}, arguments);
}

/* The four forms of scanf. */
#define SCAN(prefix)                                                                           \
	int wrap_##prefix##vfscanf(FILE *stream, const char *format, va_list arguments)        \
	{                                                                                      \
		int result;                                                                    \
                                                                                               \
		STREAM_CALL_SEEN(result, EOF, prefix##vfscanf, RECV, stream, false,            \
				 REAL(prefix##vfscanf)(stream, format, arguments),             \
				 ARGUMENT(stream), ARGUMENT(format));                          \
		return result;                                                                 \
	}                                                                                      \
	int wrap_##prefix##vscanf(const char *format, va_list arguments)                       \
	{                                                                                      \
		int result;                                                                    \
                                                                                               \
		STREAM_CALL_SEEN(result, EOF, prefix##vscanf, RECV, stdin, false,              \
				 REAL(prefix##vscanf)(format, arguments), ARGUMENT(format));   \
		return result;                                                                 \
	}                                                                                      \
	int wrap_##prefix##fscanf(FILE *stream, const char *format, ...)                       \
	{                                                                                      \
		va_list arguments;                                                             \
		int result;                                                                    \
                                                                                               \
		va_start(arguments, format);                                                   \
		STREAM_CALL_SEEN(result, EOF, prefix##fscanf, RECV, stream, false,             \
				 REAL(prefix##vfscanf)(stream, format, arguments),             \
				 ARGUMENT(stream), ARGUMENT(format));                          \
		va_end(arguments);                                                             \
		return result;                                                                 \
	}                                                                                      \
	int wrap_##prefix##scanf(const char *format, ...)                                      \
	{                                                                                      \
		va_list arguments;                                                             \
		int result;                                                                    \
                                                                                               \
		va_start(arguments, format);                                                   \
		STREAM_CALL_SEEN(result, EOF, prefix##scanf, RECV, stdin, false,               \
				 REAL(prefix##vscanf)(format, arguments), ARGUMENT(format));   \
		va_end(arguments);                                                             \
		return result;                                                                 \
	}

SCAN()
SCAN(__isoc99_)
#ifdef HAVE___ISOC23_FSCANF
SCAN(__isoc23_)
#endif
CALL_ALIAS(__vfscanf, vfscanf);
