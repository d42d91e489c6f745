/*
 * Owns the table of descriptors and changes its states. Cold: written when a descriptor is made,
 * closed, or first asked about.
 */
#include "config.h"

#include <sys/socket.h>

#include "base/clock.h"
#include "base/single_threaded.h"
#include "shim/fd/fd.h"
#include "shim/system/kernel.h"
#include "shim/system/process.h"

/* Zeros, of which only the touched pages exist. */
LARGE struct fd_entry fd_entries[FD_ENTRIES];
_Atomic uint32_t fd_limit;
_Atomic uint64_t fd_beyond = FD_UNSTARTED;
_Atomic uint64_t fd_epoch;
atomic_int fd_examined, fd_delayed_count;
atomic_bool fd_timer_by_duplicate;

/* The bits of FD_HOOKED that new numbers begin with. */
static _Atomic uint64_t base;
/* The program set SO_RCVLOWAT: an accepted socket inherits the value. */
static atomic_bool lowat_used;
/* The numbers above were never remembered. */
static _Atomic uint32_t highest;

void fd_start(bool active)
{
	atomic_store_explicit(&fd_beyond, active ? 0 : FD_NOT_SOCKET, memory_order_relaxed);
	atomic_store_explicit(&fd_limit, active ? FD_ENTRIES : 0, memory_order_release);
}

void fd_go_native(void)
{
	atomic_store_explicit(&fd_examined, 0, memory_order_relaxed);
	atomic_store_explicit(&fd_delayed_count, 0, memory_order_relaxed);
	atomic_store_explicit(&fd_beyond, FD_NOT_SOCKET, memory_order_relaxed);
	atomic_store_explicit(&fd_limit, 0, memory_order_release);
}

static void remember_highest(int fd)
{
	uint32_t before = atomic_load_explicit(&highest, memory_order_relaxed);

	while ((uint32_t)fd > before && !atomic_compare_exchange_weak_explicit(
						&highest, &before, (uint32_t)fd,
						memory_order_relaxed, memory_order_relaxed))
		;
}

/* Replace the flags by bits and the base, and count: closed or opened is 1. */
static void reset(int fd, uint64_t bits, unsigned int closed, unsigned int opened)
{
	struct fd_entry *const entry = &fd_entries[fd];
	uint64_t seen = atomic_load_explicit(&entry->state, memory_order_relaxed), next;

	do {
		next = ((seen + ((uint64_t)closed << FD_CLOSED_SHIFT)) & FD_CLOSED_MASK) |
		       ((seen + ((uint64_t)opened << FD_OPENED_SHIFT)) & FD_OPENED_MASK) |
		       bits | atomic_load_explicit(&base, memory_order_acquire);
		if ((bits & FD_NONBLOCK) != 0)
			next |= atomic_load_explicit(&fd_epoch, memory_order_relaxed);
	} while (!atomic_compare_exchange_weak_explicit(
		&entry->state, &seen, next, memory_order_acq_rel, memory_order_relaxed));
	if (UNLIKELY((seen & FD_PENDING) != 0))
		atomic_fetch_sub_explicit(&fd_examined, 1, memory_order_relaxed);
	if (UNLIKELY((seen & FD_DELAYED) != 0))
		for (enum fd_direction direction = 0; direction < FD_DIRECTIONS; direction++)
			if (atomic_exchange_explicit(&entry->delayed[direction], 0,
						     memory_order_relaxed) != 0)
				fd_count_delayed(-1);
}

void fd_opened(int fd, uint64_t bits)
{
	if (!fd_has_entry(fd))
		return;
	remember_highest(fd);
	/* Of calls that wait on what the number meant before. */
	for (enum fd_direction direction = 0; direction < FD_DIRECTIONS; direction++)
		if (UNLIKELY(atomic_load_explicit(&fd_entries[fd].timers[direction],
						  memory_order_relaxed) != 0))
			atomic_store_explicit(&fd_entries[fd].timers[direction], 0,
					      memory_order_relaxed);
	reset(fd, bits, 0, 1);
}

void fd_replacing(int fd)
{
	fd_unlearn(fd, ~(FD_GENERATION | FD_PENDING | FD_DELAYED |
			 atomic_load_explicit(&base, memory_order_relaxed)));
}

/* In a child of vfork(2) the parent's number keeps its meaning. A process of one thread has no
 * thread that waits on the number meanwhile. */
void fd_replaced(int fd)
{
	if (__libc_single_threaded || !process_memory_is_borrowed())
		fd_opened(fd, 0);
}

void fd_duplicated(int fd, int copy)
{
	const uint64_t bits =
		fd_state(fd) & (FD_CHANNEL | FD_NO_CHANNEL | FD_OWED | FD_ANSWERED);

	if (bits != 0 && copy >= 0)
		fd_learn(copy, fd_state(copy), bits);
}

void fd_closed(int fd)
{
	uint64_t seen;

	if (!fd_has_entry(fd))
		return;
	seen = atomic_load_explicit(&fd_entries[fd].state, memory_order_relaxed);
	/* The parent's pending error is not to be lost by its vfork(2) child. */
	if (UNLIKELY((seen & (FD_PENDING | FD_DELAYED)) != 0) && process_memory_is_borrowed())
		return;
	reset(fd, 0, 1, 0);
}

void fd_closed_range(unsigned int first, unsigned int last)
{
	const unsigned int end = atomic_load_explicit(&highest, memory_order_relaxed);

	for (unsigned int fd = first; fd <= last && fd <= end; fd++)
		fd_closed((int)fd);
}

void fd_change(int fd, uint64_t seen, uint64_t clear, uint64_t set)
{
	uint64_t now;

	if (!fd_has_entry(fd))
		return;
	remember_highest(fd);
	now = atomic_load_explicit(&fd_entries[fd].state, memory_order_relaxed);
	do
		if (((now ^ seen) & FD_GENERATION) != 0)
			return;
	while (!atomic_compare_exchange_weak_explicit(
		&fd_entries[fd].state, &now, (now & ~clear) | set, memory_order_acq_rel,
		memory_order_relaxed));
}

void fd_learn(int fd, uint64_t seen, uint64_t bits)
{
	fd_change(fd, seen, 0, bits);
}

void fd_learn_nonblocking(int fd, uint64_t seen, uint64_t epoch)
{
	fd_change(fd, seen, FD_EPOCH_MASK, FD_NONBLOCK | epoch);
}

void fd_unlearn(int fd, uint64_t bits)
{
	if (fd_has_entry(fd) && (fd_state(fd) & bits) != 0)
		atomic_fetch_and_explicit(&fd_entries[fd].state, ~bits, memory_order_acq_rel);
}

/* The bits 1 << direction: SHUT_RD is 0, SHUT_WR is 1, SHUT_RDWR is 2. */
void fd_shut_down(int fd, int how)
{
	if (fd_has_entry(fd))
		atomic_store_explicit(&fd_entries[fd].shut,
				      (fd_state(fd) & FD_OPENED_MASK) | (uint64_t)(how + 1),
				      memory_order_release);
}

bool fd_was_shut_down(int fd, uint64_t seen, enum fd_direction direction)
{
	uint64_t shut;

	if (!fd_has_entry(fd))
		return false;
	shut = atomic_load_explicit(&fd_entries[fd].shut, memory_order_acquire);
	return (shut & (UINT64_C(1) << direction)) != 0 &&
	       ((shut ^ seen) & FD_OPENED_MASK) == 0;
}

bool fd_is_current(int fd, uint64_t seen)
{
	return !fd_has_entry(fd) || ((fd_state(fd) ^ seen) & FD_OPENED_MASK) == 0;
}

bool fd_was_closed(int fd, uint64_t seen)
{
	return fd_has_entry(fd) && ((fd_state(fd) ^ seen) & FD_CLOSED_MASK) != 0;
}

void fd_unlearn_all(uint64_t bits)
{
	const unsigned int end = atomic_load_explicit(&highest, memory_order_relaxed);

	for (unsigned int fd = 0; fd <= end; fd++)
		fd_unlearn((int)fd, bits);
}

void fd_blocking_again(void)
{
	const uint64_t before = atomic_fetch_add_explicit(
		&fd_epoch, UINT64_C(1) << FD_EPOCH_SHIFT, memory_order_acq_rel);

	/* After 2^19 epochs, a state of the first one would count again. */
	if (UNLIKELY((before & FD_EPOCH_MASK) == FD_EPOCH_MASK))
		fd_unlearn_all(FD_NONBLOCK);
}

void fd_timer_set(int fd)
{
	const uint64_t state = fd_state(fd);

	if ((state & (FD_NO_TIMER | FD_OWN_TIMER)) == 0)
		atomic_store_explicit(&fd_timer_by_duplicate, true, memory_order_relaxed);
	fd_change(fd, state, FD_NO_TIMER, FD_OWN_TIMER);
}

void fd_lowat_set(void)
{
	atomic_store_explicit(&lowat_used, true, memory_order_relaxed);
	fd_unlearn_all(FD_SOCKET);
}

uint64_t fd_bits_of_type(int type)
{
	const int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);

	return FD_SOCKET | (kind == SOCK_STREAM ? FD_STREAM : FD_MESSAGES) |
	       (kind == SOCK_SEQPACKET ? FD_SEQPACKET : 0u) |
	       ((type & SOCK_NONBLOCK) != 0 ? FD_NONBLOCK : 0u);
}

uint64_t fd_bits_of_accepted(uint64_t listener, int flags)
{
	const uint64_t bits = listener & (FD_SOCKET | FD_KIND | FD_NO_TIMER);

	/* An accepted socket has the listener's name. */
	return (atomic_load_explicit(&lowat_used, memory_order_relaxed) ? bits & ~FD_SOCKET
									: bits) |
	       FD_NO_CHANNEL | ((flags & SOCK_NONBLOCK) != 0 ? FD_NONBLOCK : 0u);
}

/* A number that nothing was known of is hooked where all are. */
uint64_t fd_ask(int fd, uint64_t state)
{
	uint64_t bits = FD_NOT_SOCKET | atomic_load_explicit(&base, memory_order_relaxed);
	struct stat status;
	int type = 0, lowat = 1;

	if (fd < 0 || kernel_status(fd, &status) != 0)
		return (state | bits) & ~(FD_SOCKET | FD_NOT_SOCKET);
	if (S_ISSOCK(status.st_mode)) {
		bits = (bits & ~FD_NOT_SOCKET) | FD_SOCKET;
		if ((state & FD_KIND) == 0 && kernel_socket_option(fd, SO_TYPE, &type) == 0)
			bits |= fd_bits_of_type(type);
		/* The value of -1 bytes, which Linux accepts, is a very large one. */
		if (kernel_socket_option(fd, SO_RCVLOWAT, &lowat) == 0 && lowat != 1)
			bits |= FD_LOWAT;
	}
	fd_change(fd, state, (FD_SOCKET | FD_NOT_SOCKET | FD_LOWAT) & ~bits, bits);
	return (state & ~(FD_SOCKET | FD_NOT_SOCKET | FD_LOWAT)) | bits;
}

bool fd_is_socket(int fd, uint64_t state)
{
	if ((state & (FD_SOCKET | FD_NOT_SOCKET)) == 0)
		state = fd_ask(fd, state);
	return (state & FD_SOCKET) != 0;
}

bool fd_is_stream(int fd, uint64_t state)
{
	if ((state & (FD_KIND | FD_NOT_SOCKET)) == 0)
		state = fd_ask(fd, state);
	return (state & FD_STREAM) != 0;
}

static void hook(int fd)
{
	if (fd_has_entry(fd))
		atomic_fetch_or_explicit(&fd_entries[fd].state,
					 atomic_load_explicit(&base, memory_order_relaxed),
					 memory_order_acq_rel);
}

void fd_hook_again(int fd)
{
	hook(fd);
	if (UNLIKELY((fd_state(fd) & FD_NO_WAIT_FAULT) != 0))
		fd_unlearn_all(FD_NO_WAIT_FAULT);
}

void fd_hook_all(uint64_t hooks)
{
	const unsigned int end = atomic_load_explicit(&highest, memory_order_relaxed);

	/* A number that nothing is known of gets the bits from fd_ask. */
	atomic_store(&base, hooks);
	atomic_fetch_or_explicit(&fd_beyond, hooks, memory_order_relaxed);
	atomic_fetch_and_explicit(&fd_beyond, hooks | ~FD_HOOKED, memory_order_relaxed);
	for (unsigned int fd = 0; fd <= end; fd++) {
		hook((int)fd);
		fd_unlearn((int)fd, FD_HOOKED & ~hooks);
	}
}

void fd_unhook(int fd, uint64_t seen)
{
	fd_change(fd, seen, FD_HOOKED, 0);
}

uint64_t fd_moved(int fd, enum fd_direction direction)
{
	return fd_has_entry(fd) && (fd_state(fd) & FD_MOVED) != 0
		       ? atomic_load_explicit(&fd_entries[fd].moved[direction],
					      memory_order_relaxed)
		       : 0;
}

void fd_count_moved(int fd, uint64_t seen, enum fd_direction direction, uint64_t bytes)
{
	if (!fd_has_entry(fd))
		return;
	if ((fd_state(fd) & FD_MOVED) == 0) {
		for (enum fd_direction each = 0; each < FD_DIRECTIONS; each++)
			atomic_store_explicit(&fd_entries[fd].moved[each], 0,
					      memory_order_relaxed);
		fd_learn(fd, seen, FD_MOVED);
	}
	atomic_fetch_add_explicit(&fd_entries[fd].moved[direction], bytes,
				  memory_order_relaxed);
}

void fd_quiet_begin(int fd)
{
	if (fd_has_entry(fd))
		atomic_store_explicit(&fd_entries[fd].quiet_since, clock_now(),
				      memory_order_relaxed);
}

void fd_examine(bool examine)
{
	atomic_fetch_add_explicit(&fd_examined, examine ? FD_EXAMINE : -FD_EXAMINE,
				  memory_order_relaxed);
}

void fd_count_delayed(int change)
{
	const int before =
		atomic_fetch_add_explicit(&fd_delayed_count, change, memory_order_relaxed);

	if (change > 0 && before == 0)
		fd_examine(true);
	else if (change < 0 && before == 1)
		fd_examine(false);
}
