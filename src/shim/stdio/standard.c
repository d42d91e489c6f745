/*
 * Exchanges the standard streams.
 */
#include "config.h"

#include <errno.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/single_threaded.h"
#include "calls/calls.h"
#include "shim/stdio/standard.h"
#include "shim/stdio/stream.h"
#include "shim/system/interruption.h"
#include "shim/system/process.h"

#ifdef __GLIBC__

/* One of the three. */
struct standard {
	FILE *native;  /* libc's static stream; NULL where no bounded stream was made yet */
	FILE *bounded; /* the other; NULL: none was made, or the stream was closed */
};
static struct standard standards[STDERR_FILENO + 1];

static FILE **variable_of(int fd)
{
	switch (fd) {
	case STDIN_FILENO:
		return &stdin;
	case STDOUT_FILENO:
		return &stdout;
	default:
		return &stderr;
	}
}

/* See standard.h. libc allocates a buffer at the first transfer; a bounded stream has one before. */
static bool is_untouched(const FILE *stream)
{
	const int flags = stream->_flags;

	return stream->_mode == 0 &&
	       (flags &
		(_IO_EOF_SEEN | _IO_ERR_SEEN | STREAM_IN_BACKUP | STREAM_USER_LOCKED)) == 0 &&
	       ((flags & STREAM_USER_BUFFER) == 0 || (flags & STREAM_UNBUFFERED) != 0) &&
	       stream->_IO_read_ptr == stream->_IO_read_end &&
	       stream->_IO_write_ptr == stream->_IO_write_base;
}

/* The end of the name of a shared object. */
static bool is_cxx_library(const char *path)
{
	const char *const slash = strrchr(path, '/');
	const char *const name = slash == NULL ? path : slash + 1;

	return strncmp(name, "libstdc++.so", strlen("libstdc++.so")) == 0 ||
	       strncmp(name, "libc++.so", strlen("libc++.so")) == 0;
}

static int look_at_object(struct dl_phdr_info *object, size_t size, void *argument)
{
	(void)size;
	(void)argument;
	return object->dlpi_name != NULL && is_cxx_library(object->dlpi_name);
}

static bool cxx_is_loaded(void)
{
	return dl_iterate_phdr(look_at_object, NULL) != 0;
}

/* libc does not free its own static stream when the stream is closed, so a program may use the
 * variable after fclose and gets errors. The bounded stream is freed. */
static int close_standard(void *cookie)
{
	FILE *const native = cookie;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (standards[fd].native != native)
			continue;
		if (*variable_of(fd) == standards[fd].bounded)
			*variable_of(fd) = native;
		standards[fd].bounded = NULL;
	}
	native->_flags |= STREAM_NO_READS | STREAM_NO_WRITES;
	return stream_close_descriptor(native);
}

/* Both have transferred nothing: only the buffering that the program has chosen goes over. */
static void set_buffering(FILE *stream, int flags)
{
	const int kinds = STREAM_UNBUFFERED | STREAM_LINE_BUFFERED;

	if (((stream->_flags ^ flags) & kinds) == 0)
		return;
	(void)setvbuf(stream, NULL,
		      (flags & STREAM_UNBUFFERED) != 0      ? _IONBF
		      : (flags & STREAM_LINE_BUFFERED) != 0 ? _IOLBF
							    : _IOFBF,
		      0);
}

static void put_bounded(int fd, const struct stat *status)
{
	struct standard *const standard = &standards[fd];
	FILE **const variable = variable_of(fd);
	FILE *const native = *variable;

	if (native == standard->bounded || native->_fileno != fd || !is_untouched(native) ||
	    cxx_is_loaded() || process_memory_is_borrowed())
		return;
	if (standard->bounded == NULL) {
		standard->bounded = stream_make(native, status, close_standard);
		standard->native = native;
	} else if (native == standard->native && is_untouched(standard->bounded)) {
		set_buffering(standard->bounded, native->_flags);
	} else {
		return;
	}
	if (standard->bounded != NULL)
		*variable = standard->bounded;
}

static void put_native(int fd)
{
	const struct standard *const standard = &standards[fd];
	FILE **const variable = variable_of(fd);

	if (standard->bounded == NULL || *variable != standard->bounded ||
	    (*variable)->_fileno != fd || !is_untouched(*variable) ||
	    process_memory_is_borrowed())
		return;
	set_buffering(standard->native, (*variable)->_flags);
	*variable = standard->native;
}

static void exchange(int fd)
{
	const int saved_errno = errno;
	struct stat status;

	if (stream_is_for_socket(fd, &status))
		put_bounded(fd, &status);
	else
		put_native(fd);
	errno = saved_errno;
}

void standard_start(void)
{
	if (!stream_wanted())
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		exchange(fd);
}

void standard_descriptor_changed(int fd)
{
	if (LIKELY(fd < STDIN_FILENO || fd > STDERR_FILENO) || !stream_wanted() ||
	    !__libc_single_threaded || interruption_in_handler())
		return;
	exchange(fd);
}

#else

void standard_start(void)
{
}

void standard_descriptor_changed(int fd)
{
	(void)fd;
}

#endif
