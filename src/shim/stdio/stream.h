/*
 * A call on a stream (FILE). libc reads and writes inside, so what waits there waits by the timers
 * of the socket (shim/io/bound.h), and three things are to be put right:
 *
 * - EAGAIN from our timer becomes ETIMEDOUT, which is reported. libc has set the error flag.
 * - A socket with a timer is not read or written on after a handler with SA_RESTART, or when the
 *   process was stopped and continued; it fails with EINTR (include/net/sock.h: sock_intr_errno).
 *   After a handler it goes on (shim/system/resume.h). After a stop a read is made again, where nothing is
 *   lost by that.
 * - A write cannot be made again: libc throws away what it could not write. So what comes to be
 *   written goes past it, by the gate (shim/stdio/stream_put.h), where that knows how.
 *
 * A stream on anything else than a socket with our timers is native: one load and one test a call,
 * and none for a character that is in the buffer. Hot: the inline part. Not async-signal-safe, as
 * nothing that is called on a stream.
 */
#ifndef SHIM_STREAM_H
#define SHIM_STREAM_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>

#include "calls/calls.h"
#include "policy/operation.h"
#include "shim/io/attention.h"
#include "shim/fd/hint.h"

/* One call's way through. */
struct stream_call {
	FILE *stream;
	enum call call;
	enum operation operation; /* RECV or SEND */
	bool repeats;   /* may be made again after EINTR: nothing that was read is lost by it */
	bool had_error; /* the stream's error flag was set before */
	int saved_errno;
};

#define STREAM_CALL_FOR(function, op, file, can_repeat)                                        \
	{                                                                                      \
		.stream = (file), .call = CALL_##function, .operation = OPERATION_##op,        \
		.repeats = (can_repeat)                                                        \
	}

/* The stream's socket has our timers, as far as is remembered, or a wait has looked after it. The
 * descriptor is taken out of the FILE, which is part of glibc's ABI (<bits/types/struct_FILE.h>):
 * fileno(3) would be a call. */
static inline bool stream_timed(const FILE *stream)
{
	return UNLIKELY((hint_get(stream->_fileno) & (HINT_BOUND | HINT_FAILED | HINT_QUIET)) !=
			0);
}

/* A character is there, or there is room for one: libc will not read or write. */
static inline bool stream_has_input(const FILE *stream)
{
	return LIKELY(stream->_IO_read_ptr < stream->_IO_read_end);
}

static inline bool stream_has_room(const FILE *stream)
{
	return LIKELY(stream->_IO_write_ptr < stream->_IO_write_end);
}

/* Its error flag is set, as ferror(3) would say, without the lock. */
static inline bool stream_has_error(const FILE *stream)
{
	return UNLIKELY((stream->_flags & _IO_ERR_SEEN) != 0);
}

/* Before the real function. Clears errno for calls that repeat, to tell an end from an error. False
 * if the call is to fail now, with errno and the error flag set (shim/fd/failure.h). */
COLD bool stream_begin(struct stream_call *passage);
/* After it: true when it is to be called again. Otherwise errno is what the program sees, but
 * for stream_end. */
COLD bool stream_again(struct stream_call *passage);
/* When it is done: errno is as it was where there was no error. */
COLD void stream_end(const struct stream_call *passage);

/* For a call of more streams than one: what libc reads and writes until stream_watched goes on after a
 * handler with SA_RESTART (shim/system/resume.h). That gives ETIMEDOUT in place of EINTR where the time was
 * over. */
COLD void stream_watch(void);
COLD void stream_watched(enum call call);

/* Our timer has run out in a call on fd: reports it, and sets errno to ETIMEDOUT. */
COLD void stream_timed_out(int fd, enum call call, enum operation operation);

/* As stream_again, for a stream of which no timers are remembered and whose error flag is set. */
COLD void stream_check(FILE *stream, enum call call, enum operation operation);

/* After the real function: stream_check where it is needed. Keeps errno otherwise. */
static inline void stream_checked(FILE *stream, enum call call, enum operation operation)
{
	if (stream_has_error(stream) && errno == EAGAIN)
		stream_check(stream, call, operation);
}

/* The passage of a call that libc makes: expression is that of the real function, failure what it
 * gives where it fails. */
#define STREAM_TIMED(result, failure, passage, expression)                                     \
	do {                                                                                   \
		struct stream_call *const passage_here = (passage);                            \
		(result) = (failure);                                                          \
		if (stream_begin(passage_here))                                                \
			do                                                                     \
				(result) = (expression);                                       \
			while (stream_again(passage_here));                                    \
		stream_end(passage_here);                                                      \
	} while (0)

/* The whole of a wrapper that needs no more than that. */
#define STREAM_CALL(result, failure, function, op, file, can_repeat, expression)               \
	do {                                                                                   \
		FILE *const stream_here = (file);                                              \
		if (stream_timed(stream_here)) {                                               \
			struct stream_call passage_there =                                     \
				STREAM_CALL_FOR(function, op, stream_here, can_repeat);        \
			STREAM_TIMED(result, failure, &passage_there, expression);             \
		} else {                                                                       \
			(result) = (expression);                                               \
			stream_checked(stream_here, CALL_##function, OPERATION_##op);          \
		}                                                                              \
	} while (0)

/* The same, where the call is to be printed too; its arguments follow. */
#define STREAM_CALL_SEEN(result, failure, function, op, file, can_repeat, expression, ...)     \
	do {                                                                                   \
		if (attention_due(CALL_##function)) {                                          \
			struct attention attention_there = ATTENTION_FOR(                      \
				function, OPERATION_COUNT, failure, -1, 0, __VA_ARGS__);       \
			(void)attention_begin(&attention_there);                               \
			STREAM_CALL(result, failure, function, op, file, can_repeat,           \
				    expression);                                               \
			(void)attention_end(&attention_there, (intptr_t)(result));             \
		} else {                                                                       \
			STREAM_CALL(result, failure, function, op, file, can_repeat,           \
				    expression);                                               \
		}                                                                              \
	} while (0)

#endif
