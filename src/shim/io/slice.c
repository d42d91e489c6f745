/*
 * Measures the slices of slice.h. Cold: once or twice in a call that sends a file or a pipe.
 */
#include "config.h"

#include <fcntl.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/io/bound.h"
#include "shim/system/kernel.h"
#include "shim/io/receive.h"
#include "shim/io/slice.h"
#include "shim/io/timer.h"

/* What goes in a slice: as a rule a third of the buffer, which is when the kernel wakes who waits
 * (include/net/sock.h: sk_stream_min_wspace); at the worst a segment of Ethernet. */
#define STEP      ((int64_t)32 << 10)
#define STEP_SLOW ((int64_t)1448)

#define PORTION_LEAST ((size_t)16 << 10)
/* … of a socket that takes messages. */
#define MESSAGES ((size_t)1 << 20)
#define PAGE     ((size_t)4 << 10)

static bool is_slow(const struct gate *gate)
{
	return (hint_get(gate->fd) & HINT_SLOW) != 0;
}

/* What is likely to go in nanoseconds. */
static size_t goes_in(int64_t nanoseconds, int64_t step)
{
	int64_t bytes;

	if (nanoseconds < 0)
		return PORTION_LEAST;
	if (__builtin_mul_overflow(nanoseconds / BOUND_SLICE, step, &bytes))
		return SIZE_MAX;
	/* Whole pages, as the kernel takes them. */
	return (size_t)bytes < PORTION_LEAST ? PORTION_LEAST : (size_t)bytes & ~(PAGE - 1);
}

size_t slice_portion(const struct gate *gate, size_t length)
{
	size_t portion =
		goes_in(gate->deadline - clock_now(), is_slow(gate) ? STEP_SLOW : STEP);

	if (portion >= length)
		return length;
	/* Each piece of the kernel's is a message: it ends where natively it would. */
	if (!receive_is_stream(gate->fd, hint_get(gate->fd)))
		portion = MESSAGES;
	return portion < length ? portion : length;
}

bool slice_was_cut(const struct gate *gate, size_t n, size_t length)
{
	int flags;

	if (n >= length || !gate->timed || clock_now() - gate->called < TIMER_LEAST)
		return false;
	flags = kernel_flags(gate->fd);
	return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

void slice_learn(const struct gate *gate)
{
	const bool slow = clock_now() - gate->started >= TIMER_LEAST;

	if (slow == is_slow(gate))
		return;
	if (slow)
		hint_learn(gate->fd, gate->hint, HINT_SLOW);
	else
		hint_unlearn(gate->fd, HINT_SLOW);
}
