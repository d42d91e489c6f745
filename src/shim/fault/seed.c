/*
 * The seed of this process. Cold.
 */
#include "config.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/text.h"
#include "shim/fault/chaos.h"
#include "shim/config/configuration.h"
#include "shim/system/kernel.h"
#include "shim/log/report.h"
#include "shim/fault/seed.h"

static _Atomic uint64_t seed;
static atomic_bool needed, told;
atomic_int seed_owner;
/* Children that were forked, of this process. */
static _Atomic uint64_t children;

/* The finaliser of splitmix64 (Steele, Lea and Flood 2014): each bit of the result depends on each
 * of value. */
static uint64_t mixed(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

void seed_forking(void)
{
	atomic_fetch_add_explicit(&children, 1, memory_order_relaxed);
}

/* The child is alone: it has another seed, and the rules count from the beginning. */
void seed_forked(void)
{
	const uint64_t number = atomic_load_explicit(&children, memory_order_relaxed);

	atomic_store_explicit(&seed, mixed(seed_get() + number * UINT64_C(0x9e3779b97f4a7c15)),
			      memory_order_relaxed);
	atomic_store_explicit(&children, 0, memory_order_relaxed);
	chaos_count_anew();
}

void seed_told(void)
{
	atomic_store_explicit(&told, true, memory_order_relaxed);
}

void seed_watch(void)
{
	if (!atomic_load_explicit(&told, memory_order_relaxed))
		atomic_store_explicit(&seed_owner, kernel_process(), memory_order_relaxed);
}

void seed_look(void)
{
	const int process = kernel_process();
	int owner = atomic_load_explicit(&seed_owner, memory_order_relaxed);

	/* A child of vfork(2) is not another process in this: it has its parent's memory. */
	if (owner == process || kernel_memory_is_borrowed() ||
	    !atomic_compare_exchange_strong_explicit(
		    &seed_owner, &owner, process, memory_order_relaxed, memory_order_relaxed))
		return;
	atomic_store_explicit(&children, (uint64_t)process, memory_order_relaxed);
	seed_forked();
}

static uint64_t chosen(void)
{
	uint64_t value;

	if (kernel_random(&value, sizeof value) != sizeof value)
		value = mixed((uint64_t)clock_now() ^ (uint64_t)kernel_process() << 32);
	return value;
}

static void tell(uint64_t value)
{
	char buffer[64];
	struct text message;

	text_begin(&message, buffer, sizeof buffer);
	text_put_string(&message, "the seed of the faults is ");
	text_put_unsigned(&message, value);
	(void)report_notice(buffer);
}

void seed_need(void)
{
	const struct config *config = config_get();

	if (atomic_exchange_explicit(&needed, true, memory_order_relaxed))
		return;
	atomic_store_explicit(&seed, config->has_seed ? config->seed : chosen(),
			      memory_order_relaxed);
	if (!config->has_seed)
		tell(seed_get());
}

uint64_t seed_get(void)
{
	return atomic_load_explicit(&seed, memory_order_relaxed);
}
