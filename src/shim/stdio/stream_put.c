/*
 * Does stdio's part of an output: what goes into the buffer, and what goes out. Cold.
 *
 * The fields of FILE are those that <bits/stdio.h> and <stdio_ext.h> work on, part of glibc's ABI.
 */
#include "config.h"

#include <pthread.h>
#include <string.h>

#include "calls/real.h"
#include "shim/fd/failure.h"
#include "shim/io/gate.h"
#include "shim/stdio/stream_put.h"
#include "shim/io/transmit.h"

/* The buffer that libc allocates for a socket: st_blksize (net/socket.c: sockfs has pages). */
#define BLOCK 4096

/* One write(2): a part, or -1. */
static ssize_t write_once(struct gate *gate, const char *data, size_t length)
{
	const struct iovec whole = {(void *)(uintptr_t)data, length};
	ssize_t n;

	if (failure_due(gate->fd, hint_get(gate->fd)))
		return -1;
	n = REAL(send)(gate->fd, data, length, MSG_DONTWAIT);
	gate->final = false;
	gate->progress = 0;
	gate->empty = 0;
	if (n < 0 && errno == ENOTSOCK) {
		hint_learn(gate->fd, gate->hint, HINT_NO_SOCKET);
		return REAL(write)(gate->fd, data, length);
	}
	if (n < 0 && gate_would_block(errno))
		GATE_COMPLETE(n, gate, REAL(send)(gate->fd, data, length, MSG_DONTWAIT),
			      REAL(write)(gate->fd, data, length));
	if (n > 0 && (size_t)n < length && !gate->final)
		n = transmit_rest(gate, &whole, 1, (size_t)n, 0);
	return n;
}

size_t stream_write(int fd, enum call call, const char *data, size_t length)
{
	struct gate gate = {
		.fd = fd, .call = call, .operation = OPERATION_SEND, .hint = hint_get(fd)};
	size_t done = 0;

	while (done < length) {
		ssize_t n;

		errno = 0;
		n = write_once(&gate, data + done, length - done);
		if (n < 0)
			break;
		done += (size_t)n;
		/* After a part of it: libc would write the rest, and so be told again. */
		if (done < length && errno == ETIMEDOUT)
			break;
	}
	return done;
}

/* Write the buffer out. libc throws away what it could not write, and so does this. */
static bool drain(const struct stream_call *passage)
{
	FILE *const stream = passage->stream;
	const size_t pending = __fpending(stream);
	bool drained = true;

	if (pending != 0) {
		drained = stream_write(stream->_fileno, passage->call, stream->_IO_write_base,
				       pending) == pending;
		__fpurge(stream);
	}
	if (!drained)
		stream->_flags |= _IO_ERR_SEEN;
	return drained;
}

/* A stream that has written, or nothing at all yet, and bytes: with its buffer from the start on,
 * so that what __fpurge leaves is what libc's own flush leaves. */
static bool understood(FILE *stream)
{
	/* libc refuses to write on one that only reads (EBADF). */
	if (!__fwritable(stream) || fwide(stream, -1) >= 0)
		return false;
	if (stream->_IO_buf_base == NULL)
		return true;
	return __fwriting(stream) && stream->_IO_write_base == stream->_IO_buf_base &&
	       stream->_IO_read_end == stream->_IO_write_base;
}

/* How many of the bytes go straight to the socket, once the buffer has been drained. As in glibc's
 * libio/fileops.c: _IO_new_file_xsputn. */
static size_t direct_part(FILE *stream, const char *data, size_t length)
{
	const size_t size = __fbufsize(stream);

	if (__flbf(stream)) {
		const char *last = memrchr(data, '\n', length);

		return last == NULL ? 0 : (size_t)(last - data) + 1;
	}
	if (size == 1)
		return length;
	return length - length % (size == 0 ? BLOCK : size);
}

/* The pending bytes and the lines go in one write(2), as libc's would. */
static bool join_lines(const struct stream_call *passage, const char *data, size_t length)
{
	FILE *const stream = passage->stream;

	if (__fpending(stream) == 0 ||
	    (size_t)(stream->_IO_buf_end - stream->_IO_write_ptr) < length)
		return false;
	memcpy(stream->_IO_write_ptr, data, length);
	stream->_IO_write_ptr += length;
	return true;
}

static size_t put_understood(struct stream_call *passage, const char *data, size_t length)
{
	FILE *const stream = passage->stream;
	const bool whole = !__flbf(stream) && __fbufsize(stream) != 1;
	size_t taken = 0, direct;

	if (whole) {
		const size_t room = (size_t)(stream->_IO_write_end - stream->_IO_write_ptr);

		if (room != 0)
			taken = REAL(fwrite_unlocked)(data, 1, length < room ? length : room,
						      stream);
		if (length <= room)
			return taken;
	}
	direct = direct_part(stream, data + taken, length - taken);
	if (direct != 0 && !whole && join_lines(passage, data, direct)) {
		taken = direct;
		direct = 0;
	}
	if ((whole || direct != 0 || taken != 0) && !drain(passage))
		return taken == length ? taken - 1 : taken;
	if (direct != 0) {
		const size_t written =
			stream_write(stream->_fileno, passage->call, data + taken, direct);

		taken += written;
		if (written < direct) {
			stream->_flags |= _IO_ERR_SEEN;
			return taken;
		}
	}
	if (taken < length)
		taken += REAL(fwrite_unlocked)(data + taken, 1, length - taken, stream);
	return taken;
}

static void unlock(void *stream)
{
	funlockfile(stream);
}

/* passage->stream is locked while the body runs, also when the thread is cancelled in it. */
#define LOCKED(passage, locks, body)                                                           \
	do {                                                                                   \
		if (locks) {                                                                   \
			flockfile((passage)->stream);                                          \
			pthread_cleanup_push(unlock, (passage)->stream);                       \
			body;                                                                  \
			pthread_cleanup_pop(1);                                                \
		} else {                                                                       \
			body;                                                                  \
		}                                                                              \
	} while (0)

/* What succeeded leaves errno alone; it was cleared for stream_write. */
static void put_errno_back(const struct stream_call *passage)
{
	if (errno == 0)
		errno = passage->saved_errno;
}

static size_t put(struct stream_call *passage, const char *data, size_t length)
{
	size_t taken;

	(void)stream_begin(passage);
	if (understood(passage->stream)) {
		errno = 0;
		taken = put_understood(passage, data, length);
	} else {
		taken = REAL(fwrite_unlocked)(data, 1, length, passage->stream);
	}
	(void)stream_again(passage);
	put_errno_back(passage);
	return taken;
}

size_t stream_put(struct stream_call *passage, const void *data, size_t length, bool locks)
{
	size_t taken;

	LOCKED(passage, locks, taken = put(passage, data, length));
	return taken;
}

static int flush(struct stream_call *passage)
{
	int result = 0;

	(void)stream_begin(passage);
	if (understood(passage->stream)) {
		errno = 0;
		result = drain(passage) ? 0 : EOF;
	} else if (__fwriting(passage->stream)) {
		result = REAL(fflush_unlocked)(passage->stream);
	}
	(void)stream_again(passage);
	put_errno_back(passage);
	return result;
}

int stream_flush(struct stream_call *passage, bool locks)
{
	int result;

	LOCKED(passage, locks, result = flush(passage));
	return result;
}
