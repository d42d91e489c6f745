/*
 * What is done before and after a call that is seen. Cold.
 */
#include "config.h"

#include <errno.h>

#include "base/clock.h"
#include "shim/io/attention.h"
#include "shim/fault/chaos.h"
#include "shim/fd/failure.h"
#include "shim/wait/held.h"
#include "shim/log/report.h"

/* What called for attention, and is seen to when the call itself is made. */
#define SEEN_TO (HINT_EXAMINE | HINT_FAILED | HINT_QUIET)

atomic_uint attention_wanted;

/* The call that ATTEND_EVERY is about to make; CALL_COUNT: none. Set and taken at once, so that
 * nothing is left behind by a handler that jumps or a thread that is cancelled. */
THREAD_LOCAL enum call passing = CALL_COUNT;

/* The descriptor of the delayed call that this thread makes, and when that began. What a handler
 * that jumps leaves behind makes the next wait on it seem longer than it is, once. */
THREAD_LOCAL int delayed_fd = -1;
THREAD_LOCAL int64_t delayed_begun;

void attention_want(unsigned int reason, bool wanted)
{
	const unsigned int before =
		wanted ? atomic_fetch_or_explicit(&attention_wanted, reason,
						  memory_order_relaxed)
		       : atomic_fetch_and_explicit(&attention_wanted, ~reason,
						   memory_order_relaxed);

	if (reason == ATTENTION_TRACE)
		atomic_store_explicit(&traced_calls, wanted, memory_order_relaxed);
	if (wanted)
		hint_examine(true);
	else if (before == reason)
		hint_examine(false);
}

void attention_dismiss(int fd, uint32_t seen)
{
	if ((atomic_load_explicit(&attention_wanted, memory_order_relaxed) & ATTENTION_TRACE) ==
	    0)
		hint_dismiss(fd, seen);
}

static bool chaotic(void)
{
	return (atomic_load_explicit(&attention_wanted, memory_order_relaxed) &
		ATTENTION_CHAOS) != 0;
}

static bool traced(void)
{
	return (atomic_load_explicit(&attention_wanted, memory_order_relaxed) &
		ATTENTION_TRACE) != 0;
}

bool attention_first(enum call call)
{
	if (passing != call)
		return true;
	passing = CALL_COUNT;
	return false;
}

void attention_pass(enum call call)
{
	passing = call;
}

int64_t attention_begun(int fd)
{
	return fd == delayed_fd ? delayed_begun : 0;
}

bool attention_begin(struct attention *attention)
{
	const int fd = attention->fd;
	const uint32_t hint = attention->hint;

	attention->chaos.limit = SIZE_MAX;

	attention->examined = fd < 0 || (hint & HINT_EXAMINE) != 0;
	if (attention->examined)
		attention->started = clock_now();
	/* What is held tells of nothing yet. */
	if ((hint & (HINT_FAILED | HINT_QUIET)) != 0 && !held_is(fd, 0) &&
	    failure_tell(fd, hint))
		return false;
	if (fd < 0)
		return true;
	if (attention->examined && chaotic() && !chaos_begin(attention))
		return false;
	if (attention->chaos.begun != 0) {
		delayed_fd = fd;
		delayed_begun = attention->chaos.begun;
	}
	/* It may have learned of the descriptor. */
	attention->hint = hint_get(fd) & ~SEEN_TO;
	return true;
}

intptr_t attention_end(struct attention *attention, intptr_t result)
{
	if (attention->chaos.begun != 0)
		delayed_fd = -1;
	if (attention->examined && attention->fd >= 0 && chaotic())
		result = chaos_end(attention, result);
	if (attention->examined && traced())
		report_call(attention, result, errno);
	return result;
}

void attention_vector(const struct attention *attention, const struct iovec **vector,
		      int *count, struct iovec window[VECTOR_WINDOW])
{
	const struct msghdr whole = {.msg_iov = (struct iovec *)(uintptr_t)*vector,
				     .msg_iovlen = (size_t)*count};
	struct msghdr part;

	if (!attention_limits(attention) || *count <= 0 ||
	    !vector_limit_message(&whole, attention->chaos.limit, &part, window))
		return;
	*vector = window;
	*count = (int)part.msg_iovlen;
}
