/*
 * What comes out of a call on a stream, and whether it is made again. Cold: on sockets only, and
 * where the error flag is set.
 */
#include "config.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include "base/clock.h"
#include "calls/real.h"
#include "shim/io/bound.h"
#include "shim/fd/failure.h"
#include "shim/io/gate.h"
#include "shim/system/interruption.h"
#include "shim/log/report.h"
#include "shim/system/resume.h"
#include "shim/config/rules.h"
#include "shim/log/stats.h"
#include "shim/stdio/stream.h"

void stream_timed_out(int fd, enum call call, enum operation operation)
{
	const struct rules_limit limit = bound_limit(fd, operation);
	const struct gate gate = {
		.fd = fd,
		.call = call,
		.operation = operation,
		.timeout = limit.timeout,
		.rule = limit.rule,
		/* The ready path does not look at the clock. */
		.started = clock_now() - bound_timer(fd, operation),
	};

	stats_end(fd, operation, stats_watched() ? gate.started : 0, ETIMEDOUT);
	stats_timeout(fd, operation, limit.timeout);
	report_timeout(&gate);
	errno = ETIMEDOUT;
}

void stream_check(FILE *stream, enum call call, enum operation operation)
{
	const int fd = stream->_fileno;

	if (errno == EAGAIN && bound_holds(fd, operation)) {
		hint_learn(fd, hint_get(fd), HINT_BOUND);
		stream_timed_out(fd, call, operation);
	}
}

/* A symbol's size is known to the dynamic linker alone. */
static struct resume_place place_of(const void *function)
{
	const ElfW(Sym) *symbol = NULL;
	Dl_info information;

	if (dladdr1(function, &information, __extension__(void **) & symbol, RTLD_DL_SYMENT) ==
		    0 ||
	    symbol == NULL)
		return (struct resume_place){NULL, 0};
	return (struct resume_place){information.dli_saddr, symbol->st_size};
}

void stream_watch(void)
{
	interruption_begin();
	if (!resume_learnt()) {
		const struct resume_place reads =
			place_of(__extension__(const void *) REAL(read));
		const struct resume_place writes =
			place_of(__extension__(const void *) REAL(write));

		resume_learn(&reads, &writes);
	}
	resume_begin();
}

void stream_watched(enum call call)
{
	enum operation operation;
	const int fd = resume_expired(&operation);

	resume_end();
	if (errno == EINTR && fd >= 0)
		stream_timed_out(fd, call, operation);
}

bool stream_begin(struct stream_call *passage)
{
	const int fd = passage->stream->_fileno;

	passage->saved_errno = errno;
	passage->had_error = stream_has_error(passage->stream);
	rules_refresh();
	stream_watch();
	/* printf looks at errno (%m), and scanf changes it in its own ways. */
	if (passage->repeats)
		errno = 0;
	/* A write that only fills the buffer is told nothing: stream_write does. */
	if (passage->operation == OPERATION_SEND || !failure_due(fd, hint_get(fd)))
		return true;
	resume_end();
	passage->stream->_flags |= _IO_ERR_SEEN;
	return false;
}

/* The read was interrupted, and natively would have been restarted. */
static bool is_to_repeat(const struct stream_call *passage)
{
	const int fd = passage->stream->_fileno;

	return passage->repeats && bound_holds(fd, passage->operation) &&
	       interruption_restarts() && resume_allowed(fd, passage->operation);
}

bool stream_again(struct stream_call *passage)
{
	FILE *const stream = passage->stream;
	/* The flag alone tells nothing where it was set before, nor does an old errno. */
	const bool failed =
		stream_has_error(stream) &&
		!(passage->had_error && errno == passage->saved_errno && !passage->repeats);

	if (failed && errno == EAGAIN) {
		if (bound_holds(stream->_fileno, passage->operation))
			stream_timed_out(stream->_fileno, passage->call, passage->operation);
	} else if (failed && errno == EINTR && is_to_repeat(passage)) {
		if (!passage->had_error)
			stream->_flags &= ~_IO_ERR_SEEN;
		interruption_begin();
		resume_continue();
		errno = 0;
		return true;
	}
	stream_watched(passage->call);
	return false;
}

void stream_end(const struct stream_call *passage)
{
	if (passage->repeats && errno == 0)
		errno = passage->saved_errno;
}
