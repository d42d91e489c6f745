/*
 * The words behind the hints, and how they change. Cold: written when a descriptor is made,
 * closed, or first asked about. 256 KiB of zeros, of which only touched pages exist.
 */
#include "config.h"

#include <sys/socket.h>

#include "shim/fd/failure.h"
#include "shim/fd/hint.h"
#include "shim/fd/hold.h"
#include "shim/system/kernel.h"

LARGE _Atomic uint32_t hint_words[HINT_DESCRIPTORS];
_Atomic uint32_t hint_base;
_Atomic uint32_t hint_epoch = 1u << HINT_EPOCH_SHIFT;
atomic_bool hint_timeouts;
atomic_int hint_waiters;

/* It is the parent's memory, and a thread of the parent's would be misled. */
static bool parent_cares(void)
{
	return UNLIKELY(atomic_load_explicit(&hint_waiters, memory_order_relaxed) > 0 ||
			failure_any()) &&
	       kernel_memory_is_borrowed();
}

void hint_timeout_set(int fd)
{
	if ((hint_get(fd) & HINT_NEW) == 0)
		atomic_store_explicit(&hint_timeouts, true, memory_order_relaxed);
	hint_unlearn(fd, HINT_NEW | HINT_GUARDED | HINT_TIMED_SEND | HINT_TIMED_RECEIVE |
				 HINT_WAITS);
}

void hint_forget(int fd)
{
	uint32_t seen, next;

	if ((unsigned int)fd >= HINT_DESCRIPTORS || parent_cares())
		return;
	seen = atomic_load_explicit(&hint_words[fd], memory_order_relaxed);
	do
		/* Only the generation is left, moved on by one: hint_learn tells by it. The base is
		 * read anew each time: hint_examine sets it before it goes over the words. */
		next = ((seen & HINT_GENERATION_MASK) + (1u << HINT_GENERATION_SHIFT)) |
		       atomic_load_explicit(&hint_base, memory_order_acquire);
	while (!atomic_compare_exchange_weak_explicit(
		&hint_words[fd], &seen, next, memory_order_acq_rel, memory_order_relaxed));
	failure_forgotten(seen);
	if (UNLIKELY(hold_any()))
		hold_forgotten(fd);
}

void hint_forget_range(unsigned int first, unsigned int last)
{
	if (last >= HINT_DESCRIPTORS)
		last = HINT_DESCRIPTORS - 1;
	if (parent_cares())
		return;
	for (unsigned int fd = first; fd <= last; fd++)
		/* An untouched word is left untouched: its page may not exist yet. What is lost is
		 * the race with a thread that learns about a number while it is being closed. */
		if (atomic_load_explicit(&hint_words[fd], memory_order_relaxed) !=
		    atomic_load_explicit(&hint_base, memory_order_relaxed))
			hint_forget((int)fd);
}

void hint_examine(bool examine)
{
	if (examine)
		atomic_fetch_or(&hint_base, HINT_EXAMINE);
	else
		atomic_fetch_and(&hint_base, ~HINT_EXAMINE);
	for (int fd = 0; fd < HINT_DESCRIPTORS; fd++)
		if (examine)
			atomic_fetch_or_explicit(&hint_words[fd], HINT_EXAMINE,
						 memory_order_acq_rel);
		else
			hint_unlearn(fd, HINT_EXAMINE);
}

void hint_give_up(void)
{
	atomic_fetch_or(&hint_base, HINT_NO_SOCKET);
	for (int fd = 0; fd < HINT_DESCRIPTORS; fd++)
		atomic_fetch_or_explicit(&hint_words[fd], HINT_NO_SOCKET, memory_order_acq_rel);
}

bool hint_current(int fd, uint32_t seen)
{
	return (unsigned int)fd >= HINT_DESCRIPTORS ||
	       ((hint_get(fd) ^ seen) & HINT_GENERATION_MASK) == 0;
}

/* HINT_NONBLOCKING as of now; without it while the epochs begin again. */
static uint32_t stamped(uint32_t word)
{
	const uint32_t epoch = atomic_load_explicit(&hint_epoch, memory_order_relaxed);

	word = (word & ~HINT_EPOCH_MASK) | epoch;
	return epoch != 0 ? word : word & ~HINT_NONBLOCKING;
}

void hint_dismiss(int fd, uint32_t seen)
{
	uint32_t now;

	if ((unsigned int)fd >= HINT_DESCRIPTORS)
		return;
	now = atomic_load_explicit(&hint_words[fd], memory_order_relaxed);
	do
		if (((now ^ seen) & HINT_GENERATION_MASK) != 0)
			return;
	while (!atomic_compare_exchange_weak_explicit(&hint_words[fd], &now,
						      now & ~HINT_EXAMINE, memory_order_acq_rel,
						      memory_order_relaxed));
}

void hint_examine_again(int fd)
{
	if ((unsigned int)fd < HINT_DESCRIPTORS)
		atomic_fetch_or_explicit(&hint_words[fd],
					 atomic_load_explicit(&hint_base, memory_order_relaxed),
					 memory_order_acq_rel);
}

void hint_doubt(int fd)
{
	const uint32_t base = atomic_load_explicit(&hint_base, memory_order_relaxed);

	hint_unlearn(fd, ~(HINT_GENERATION_MASK | HINT_FAILED | HINT_EXAMINE | base));
}

void hint_learn(int fd, uint32_t seen, uint32_t bits)
{
	uint32_t now, next;

	if ((unsigned int)fd >= HINT_DESCRIPTORS)
		return;
	now = atomic_load_explicit(&hint_words[fd], memory_order_relaxed);
	do {
		if (((now ^ seen) & HINT_GENERATION_MASK) != 0)
			return;
		next = now | bits;
		if ((bits & HINT_NONBLOCKING) != 0)
			next = stamped(next);
	} while (!atomic_compare_exchange_weak_explicit(
		&hint_words[fd], &now, next, memory_order_acq_rel, memory_order_relaxed));
}

void hint_unlearn(int fd, uint32_t bits)
{
	if ((unsigned int)fd < HINT_DESCRIPTORS && (hint_get(fd) & bits) != 0)
		atomic_fetch_and_explicit(&hint_words[fd], ~bits, memory_order_acq_rel);
}

/* Returns the epoch that has begun. */
static uint32_t next_epoch(void)
{
	uint32_t epoch = atomic_load_explicit(&hint_epoch, memory_order_relaxed), next;

	do
		next = (epoch + (1u << HINT_EPOCH_SHIFT)) & HINT_EPOCH_MASK;
	while (!atomic_compare_exchange_weak_explicit(
		&hint_epoch, &epoch, next, memory_order_acq_rel, memory_order_relaxed));
	return next;
}

void hint_blocking_again(void)
{
	if (next_epoch() != 0)
		return;
	/* All numbers are used up: nothing of the last round may be taken for one of this. */
	for (int fd = 0; fd < HINT_DESCRIPTORS; fd++)
		hint_unlearn(fd, HINT_NONBLOCKING);
	next_epoch();
}

uint32_t hint_of_type(int type)
{
	const int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);

	return (kind == SOCK_STREAM ? HINT_STREAM : HINT_MESSAGES) |
	       (kind == SOCK_SEQPACKET ? HINT_SEQUENCED : 0u) |
	       ((type & SOCK_NONBLOCK) != 0 ? HINT_NONBLOCKING : 0u);
}
