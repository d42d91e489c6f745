/*
 * stdio's functions that open, close, flush and position a stream: fdopen on a socket bounds it
 * (shim/io/bound.h), and what the others write first is bounded. Cold.
 */
#include "config.h"

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/bound.h"
#include "shim/config/configuration.h"
#include "shim/stdio/stream_put.h"

FILE *wrap_fdopen(int fd, const char *mode)
{
	ATTEND_TRACED(fdopen, NULL, wrap_fdopen(fd, mode), ARGUMENT(fd), ARGUMENT(mode));

	FILE *const stream = REAL(fdopen)(fd, mode);

	if (stream != NULL)
		bound_set(fd);
	return stream;
}
CALL_ALIAS(_IO_fdopen, fdopen);

/* All streams: libc does not tell which one failed. */
static int flush_all(enum call call, call_fflush_function *function)
{
	int result;

	if (!config_active())
		return function(NULL);
	stream_watch();
	result = function(NULL);
	stream_watched(call);
	return result;
}

int wrap_fflush(FILE *stream)
{
	ATTEND_TRACED(fflush, EOF, wrap_fflush(stream), ARGUMENT(stream));

	int result, flushed = 0;

	if (stream == NULL)
		return flush_all(CALL_fflush, REAL(fflush));
	if (stream_timed(stream)) {
		struct stream_call passage = STREAM_CALL_FOR(fflush, SEND, stream, false);

		flushed = stream_flush(&passage, true);
		if (flushed != 0)
			return flushed;
	}
	STREAM_CALL(result, EOF, fflush, SEND, stream, false, REAL(fflush)(stream));
	return result;
}
CALL_ALIAS(_IO_fflush, fflush);

int wrap_fflush_unlocked(FILE *stream)
{
	ATTEND_TRACED(fflush_unlocked, EOF, wrap_fflush_unlocked(stream), ARGUMENT(stream));

	int result;

	if (stream == NULL)
		return flush_all(CALL_fflush_unlocked, REAL(fflush_unlocked));
	if (stream_timed(stream)) {
		struct stream_call passage =
			STREAM_CALL_FOR(fflush_unlocked, SEND, stream, false);

		result = stream_flush(&passage, false);
		if (result != 0)
			return result;
	}
	STREAM_CALL(result, EOF, fflush_unlocked, SEND, stream, false,
		    REAL(fflush_unlocked)(stream));
	return result;
}

/* What could not be written is not tried again when the stream is closed. */
static void discard(FILE *stream, int flushed)
{
	if (flushed != 0)
		__fpurge(stream);
}

/* libc closes the descriptor past us: what was known of it is forgotten before. */
int wrap_fclose(FILE *stream)
{
	ATTEND_TRACED(fclose, EOF, wrap_fclose(stream), ARGUMENT(stream));

	const int fd = stream->_fileno;
	int flushed = 0, error = 0, result;

	if (stream_timed(stream)) {
		struct stream_call passage = STREAM_CALL_FOR(fclose, SEND, stream, false);

		flushed = stream_flush(&passage, true);
		error = errno;
		discard(stream, flushed);
	}
	hint_forget(fd);
	result = REAL(fclose)(stream);
	if (flushed != 0) {
		errno = error;
		return flushed;
	}
	return result;
}
CALL_ALIAS(_IO_fclose, fclose);

/* The same, for a stream that goes on with another file. */
static void reopening(FILE *stream, enum call call)
{
	struct stream_call passage = {
		.stream = stream, .call = call, .operation = OPERATION_SEND};

	if (stream_timed(stream))
		discard(stream, stream_flush(&passage, true));
	hint_forget(stream->_fileno);
}

#define REOPENING(name)                                                                        \
	FILE *wrap_##name(const char *path, const char *mode, FILE *stream)                    \
	{                                                                                      \
		ATTEND_TRACED(name, NULL, wrap_##name(path, mode, stream), ARGUMENT(path),     \
			      ARGUMENT(mode), ARGUMENT(stream));                               \
                                                                                               \
		FILE *result;                                                                  \
                                                                                               \
		reopening(stream, CALL_##name);                                                \
		result = REAL(name)(path, mode, stream);                                       \
		if (result != NULL)                                                            \
			hint_forget(result->_fileno);                                          \
		return result;                                                                 \
	}

REOPENING(freopen)
REOPENING(freopen64)

/* A socket has no position: on one, these write what is in the buffer and fail (ESPIPE). */
#define POSITIONING(type, name, parameters, arguments, failure, ...)                           \
	type wrap_##name parameters                                                            \
	{                                                                                      \
		/* NOLINTNEXTLINE(bugprone-macro-parentheses): they are the arguments'. */     \
		ATTEND_TRACED(name, failure, wrap_##name arguments, __VA_ARGS__);              \
                                                                                               \
		type result;                                                                   \
                                                                                               \
		if (stream_timed(stream)) {                                                    \
			struct stream_call passage =                                           \
				STREAM_CALL_FOR(name, SEND, stream, false);                    \
			if (stream_flush(&passage, true) != 0)                                 \
				return failure;                                                \
		}                                                                              \
		/* NOLINTNEXTLINE(bugprone-macro-parentheses): they are the arguments'. */     \
		STREAM_CALL(result, failure, name, SEND, stream, false, REAL(name) arguments); \
		return result;                                                                 \
	}

POSITIONING(int, fseek, (FILE * stream, long offset, int whence), (stream, offset, whence), -1,
	    ARGUMENT(stream), ARGUMENT(offset), ARGUMENT(whence))
POSITIONING(int, fseeko, (FILE * stream, off_t offset, int whence), (stream, offset, whence),
	    -1, ARGUMENT(stream), ARGUMENT(offset), ARGUMENT(whence))
POSITIONING(int, fseeko64, (FILE * stream, off64_t offset, int whence),
	    (stream, offset, whence), -1)
POSITIONING(int, fsetpos, (FILE * stream, const fpos_t *position), (stream, position), -1,
	    ARGUMENT(stream), ARGUMENT(position))
CALL_ALIAS(_IO_fsetpos, fsetpos);
POSITIONING(int, fsetpos64, (FILE * stream, const fpos64_t *position), (stream, position), -1,
	    ARGUMENT(stream), ARGUMENT(position))
CALL_ALIAS(_IO_fsetpos64, fsetpos64);

/* rewind clears the error flag, and tells of nothing but by errno. */
static int rewind_stream(FILE *stream)
{
	ATTEND_TRACED(rewind, 0, rewind_stream(stream), ARGUMENT(stream));

	struct stream_call passage = STREAM_CALL_FOR(rewind, SEND, stream, false);

	if (stream_timed(stream))
		(void)stream_flush(&passage, true);
	REAL(rewind)(stream);
	return 0;
}

void wrap_rewind(FILE *stream)
{
	(void)rewind_stream(stream);
}
