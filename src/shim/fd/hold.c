/*
 * The words behind the holds. Cold. 1 MiB of zeros, of which only touched pages exist.
 */
#include "config.h"

#include "base/duration.h"
#include "shim/fd/failure.h"
#include "shim/fd/hint.h"
#include "shim/fd/hold.h"

/* The generation of the number on top, as in its hint; whether it connects; microseconds, of which
 * the largest means for ever. */
#define GENERATION_SHIFT (64 - 32 + HINT_GENERATION_SHIFT)
#define CONNECTS         (UINT64_C(1) << (GENERATION_SHIFT - 1))
#define UNTIL_MASK       (CONNECTS - 1)
#define UNTIL_NEVER      UNTIL_MASK

LARGE _Atomic uint64_t hold_words[HOLD_DIRECTIONS][HINT_DESCRIPTORS];

atomic_int hold_count;

void hold_counted(int change)
{
	const int before = atomic_fetch_add_explicit(&hold_count, change, memory_order_relaxed);

	if (change > 0 && before == 0)
		failure_watch(true);
	else if (change < 0 && before == 1)
		failure_watch(false);
}

static uint64_t generation_of(uint32_t hint)
{
	return (uint64_t)(hint & HINT_GENERATION_MASK) << 32;
}

bool hold_can(int fd)
{
	return (unsigned int)fd < HINT_DESCRIPTORS;
}

void hold_set(int fd, uint32_t seen, enum hold_direction direction, int64_t until,
	      bool connecting)
{
	uint64_t word = UNTIL_NEVER;

	if (!hold_can(fd))
		return;
	if (until != DEADLINE_NEVER)
		word = (uint64_t)(until + NANOSECONDS_PER_MICROSECOND - 1) /
		       (uint64_t)NANOSECONDS_PER_MICROSECOND;
	word |= generation_of(seen) | (connecting ? CONNECTS : 0);
	if (atomic_exchange_explicit(&hold_words[direction][fd], word, memory_order_acq_rel) ==
	    0)
		hold_counted(1);
}

void hold_release(int fd, enum hold_direction direction)
{
	if (hold_can(fd) &&
	    atomic_exchange_explicit(&hold_words[direction][fd], 0, memory_order_acq_rel) != 0)
		hold_counted(-1);
}

/* 0 where it is not held, or was another file's. */
static uint64_t hold_get(int fd, enum hold_direction direction)
{
	uint64_t word;

	if (!hold_can(fd))
		return 0;
	word = atomic_load_explicit(&hold_words[direction][fd], memory_order_acquire);
	if (word == 0 ||
	    word >> GENERATION_SHIFT == (uint64_t)hint_get(fd) >> HINT_GENERATION_SHIFT)
		return word;
	hold_release(fd, direction);
	return 0;
}

int64_t hold_until(int fd, enum hold_direction direction)
{
	const uint64_t until = hold_get(fd, direction) & UNTIL_MASK;

	return until == UNTIL_NEVER ? DEADLINE_NEVER
				    : (int64_t)until * NANOSECONDS_PER_MICROSECOND;
}

bool hold_connects(int fd)
{
	return hold_any() && (hold_get(fd, HOLD_SEND) & CONNECTS) != 0;
}

void hold_forgotten(int fd)
{
	for (enum hold_direction direction = 0; direction < HOLD_DIRECTIONS; direction++)
		hold_release(fd, direction);
}

void hold_release_endless(void)
{
	if (!hold_any())
		return;
	for (enum hold_direction direction = 0; direction < HOLD_DIRECTIONS; direction++)
		for (int fd = 0; fd < HINT_DESCRIPTORS; fd++)
			if (hold_until(fd, direction) == DEADLINE_NEVER)
				hold_release(fd, direction);
}
