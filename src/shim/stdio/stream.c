/*
 * Makes the streams, and transfers for them. The fields of FILE are part of glibc's ABI
 * (<bits/types/struct_FILE.h>).
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/duration.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/config/configuration.h"
#include "shim/config/rules.h"
#include "shim/fd/fd.h"
#include "shim/log/traced.h"
#include "shim/stdio/stream.h"
#include "shim/system/kernel.h"

bool stream_wanted(void)
{
	return config_active() || traced_wanted();
}

bool stream_is_for_socket(int fd, struct stat *status)
{
	/* In a sandbox, where no system call may be added, every descriptor has this bit. */
	return (fd_state(fd) & FD_NOT_SOCKET) == 0 && kernel_status(fd, status) == 0 &&
	       S_ISSOCK(status->st_mode);
}

/* The program has set SO_SNDTIMEO. */
static bool has_own_timeout(int fd)
{
	struct timeval timeout;

	return kernel_get_timeout(fd, SO_SNDTIMEO, &timeout) == 0 &&
	       (timeout.tv_sec != 0 || timeout.tv_usec != 0);
}

/* The write to fd that began at `started` has ended after a part. Has the timeout ended the write? A
 * handler may have, or the program's own timeout; then libc would write the rest. */
static bool is_late(int fd, int64_t started)
{
	struct rules_subject subject = {.fd = fd, .state = fd_state(fd)};
	const struct rules_limit limit =
		rules_timeout(&subject, OPERATION_SEND, POLICY_UNCOUNTED);

	return limit.timeout != DURATION_NONE && clock_now() - started >= limit.timeout &&
	       (limit.enforced || !has_own_timeout(fd));
}

size_t stream_send(int fd, const char *data, size_t length, bool repeats)
{
	const int saved_errno = errno;
	int64_t started = clock_now();
	size_t done = 0;

	while (done < length) {
		const ssize_t n = wrap_write(fd, data + done, length - done);

		if (n < 0 && (errno != EINTR || !repeats))
			return done;
		if (n > 0)
			done += (size_t)n;
		/* Another write would wait for the whole timeout again. */
		if (done < length && is_late(fd, started)) {
			errno = ETIMEDOUT;
			return done;
		}
		if (n > 0)
			started = clock_now();
	}
	errno = saved_errno;
	return done;
}

#ifdef __GLIBC__

static ssize_t stream_read(void *cookie, char *buffer, size_t size)
{
	const FILE *const native = cookie;
	const int saved_errno = errno;
	const ssize_t n = wrap_read(native->_fileno, buffer, size);

	if (n >= 0)
		errno = saved_errno;
	return n;
}

/* libc takes a result less than size for an error and throws the rest away, as after its own write
 * (libio/fileops.c: new_do_write). The result must not be negative. */
static ssize_t stream_write(void *cookie, const char *data, size_t size)
{
	const FILE *const native = cookie;

	return (ssize_t)stream_send(native->_fileno, data, size, false);
}

/* A socket fails with ESPIPE; but the descriptor may have become a file by dup2. */
static int stream_seek(void *cookie, off64_t *offset, int whence)
{
	const FILE *const native = cookie;
	const off64_t position = lseek64(native->_fileno, *offset, whence);

	if (position < 0)
		return -1;
	*offset = position;
	return 0;
}

int stream_close_descriptor(FILE *native)
{
	const int fd = native->_fileno, saved_errno = errno;
	int cancellation, result;

	native->_fileno = -1;
	/* libc's fclose is no cancellation point at close(2) (libio/fileops.c: _IO_file_close). */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
	result = wrap_close(fd);
	(void)pthread_setcancelstate(cancellation, &cancellation);
	if (result == 0)
		errno = saved_errno;
	return result;
}

/* A stream that freopen has given another file, or that became wide-oriented, has other functions,
 * so its native stream is never freed: the wide data is still in use. */
static int close_opened(void *cookie)
{
	FILE *const native = cookie;
	const int result = stream_close_descriptor(native);
	const int close_errno = errno;

	(void)fclose(native);
	errno = close_errno;
	return result;
}

/* Give the stream the buffer that libc would allocate at the first transfer. fopencookie's streams
 * have no function that tells the size (libio/filedoalloc.c), and the size shows in the size of the
 * writes. Without memory, libc allocates a buffer later. */
static void set_buffer(FILE *stream, const struct stat *status)
{
	const size_t size = status->st_blksize > 0 && status->st_blksize < BUFSIZ
				    ? (size_t)status->st_blksize
				    : BUFSIZ;
	const bool by_lines = (stream->_flags & STREAM_LINE_BUFFERED) != 0;
	char *buffer;

	if ((stream->_flags & STREAM_UNBUFFERED) != 0) {
		(void)setvbuf(stream, NULL, _IONBF, 0);
		return;
	}
	buffer = malloc(size);
	if (buffer == NULL || setvbuf(stream, buffer, by_lines ? _IOLBF : _IOFBF, size) != 0) {
		free(buffer);
		return;
	}
	/* libc frees the buffer, as one of its own. */
	stream->_flags &= ~STREAM_USER_BUFFER; /* NOLINT(clang-analyzer-unix.Malloc) */
}

FILE *stream_make(FILE *native, const struct stat *status, cookie_close_function_t *closes)
{
	const cookie_io_functions_t functions = {stream_read, stream_write, stream_seek,
						 closes};
	const int saved_errno = errno;
	FILE *const stream = fopencookie(native, "r+", functions);

	if (stream == NULL)
		return NULL;
	stream->_fileno = native->_fileno;
	/* The direction, the buffering, and the mark of a stream with a descriptor
	 * (_IO_IS_FILEBUF: fileno, freopen and fclose look at the mark). */
	stream->_flags = native->_flags;
	/* Without _IO_FLAGS2_NEED_LOCK, which fopencookie sets for functions that may start a
	 * thread: libc sets the flag when the first thread starts (libio/genops.c:
	 * _IO_enable_locks). A lock costs 40 ns a character. */
	stream->_flags2 = native->_flags2;
	stream->_wide_data = native->_wide_data;
	/* No orientation yet: fopencookie's streams are byte-oriented from the start. */
	stream->_mode = 0;
	set_buffer(stream, status);
	errno = saved_errno;
	return stream;
}

FILE *stream_open(int fd, const char *mode)
{
	/* The mode, the descriptor and O_APPEND are libc's business. */
	FILE *const native = REAL(fdopen)(fd, mode);
	FILE *stream;
	struct stat status;

	if (native == NULL || !stream_wanted() || strstr(mode, "ccs=") != NULL ||
	    !stream_is_for_socket(fd, &status))
		return native;
	stream = stream_make(native, &status, close_opened);
	return stream == NULL ? native : stream;
}

#else

/* musl: the fields of FILE are not known. The native stream keeps the descriptor. The stream of
 * fopencookie has none, so fileno asks this table. A stream that finds no room here is libc's own. */
struct opened {
	_Atomic(FILE *) stream; /* NULL: the entry is free */
	FILE *native;
	int fd;
};
static struct opened opened_streams[256];

static ssize_t stream_read(void *cookie, char *buffer, size_t size)
{
	return wrap_read(((const struct opened *)cookie)->fd, buffer, size);
}

static ssize_t stream_write(void *cookie, const char *data, size_t size)
{
	const size_t done = stream_send(((const struct opened *)cookie)->fd, data, size, false);

	return done == size ? (ssize_t)size : -1;
}

static int stream_seek(void *cookie, off64_t *offset, int whence)
{
	const off64_t position = lseek64(((const struct opened *)cookie)->fd, *offset, whence);

	if (position < 0)
		return -1;
	*offset = position;
	return 0;
}

static int stream_close(void *cookie)
{
	struct opened *const opened = cookie;
	FILE *const native = opened->native;

	fd_closed(opened->fd);
	atomic_store(&opened->stream, NULL);
	return fclose(native);
}

FILE *stream_open(int fd, const char *mode)
{
	const cookie_io_functions_t functions = {stream_read, stream_write, stream_seek,
						 stream_close};
	FILE *const native = REAL(fdopen)(fd, mode);
	struct stat status;

	if (native == NULL || !stream_wanted() || !stream_is_for_socket(fd, &status))
		return native;
	for (size_t i = 0; i < COUNT_OF(opened_streams); i++) {
		struct opened *const opened = &opened_streams[i];
		FILE *nobody = NULL, *stream;

		/* Until the stream is made, the entry has a value that is no other stream. */
		if (!atomic_compare_exchange_strong(&opened->stream, &nobody, native))
			continue;
		opened->native = native;
		opened->fd = fd;
		stream = fopencookie(opened, mode, functions);
		atomic_store(&opened->stream, stream);
		return stream != NULL ? stream : native;
	}
	return native;
}

int stream_descriptor(FILE *stream)
{
	for (size_t i = 0; i < COUNT_OF(opened_streams); i++)
		if (atomic_load(&opened_streams[i].stream) == stream)
			return opened_streams[i].fd;
	return REAL(fileno)(stream);
}

#endif
