/*
 * Owns the seed of this process. Cold.
 */
#include "config.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/clock.h"
#include "shim/fault/seed.h"
#include "shim/system/kernel.h"

static _Atomic uint64_t seed;
static atomic_flag chosen = ATOMIC_FLAG_INIT;
/* The children that this process has forked. */
static _Atomic uint64_t children;

/* The finaliser of splitmix64 (Steele, Lea and Flood 2014): each bit of the result depends on each
 * bit of value. */
static uint64_t mixed(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static uint64_t random_seed(void)
{
	uint64_t value;

	if (kernel_random(&value, sizeof value) != sizeof value)
		value = mixed((uint64_t)clock_now() ^ (uint64_t)kernel_process() << 32);
	return value;
}

bool seed_choose(const uint64_t *given)
{
	if (atomic_flag_test_and_set_explicit(&chosen, memory_order_relaxed))
		return false;
	atomic_store_explicit(&seed, given != NULL ? *given : random_seed(),
			      memory_order_relaxed);
	return given == NULL;
}

uint64_t seed_get(void)
{
	return atomic_load_explicit(&seed, memory_order_relaxed);
}

void seed_forking(void)
{
	atomic_fetch_add_explicit(&children, 1, memory_order_relaxed);
}

void seed_forked(void)
{
	const uint64_t number = atomic_load_explicit(&children, memory_order_relaxed);

	atomic_store_explicit(&seed, mixed(seed_get() + number * UINT64_C(0x9e3779b97f4a7c15)),
			      memory_order_relaxed);
	atomic_store_explicit(&children, 0, memory_order_relaxed);
}
