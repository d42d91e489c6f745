/*
 * Owns the words of delayed readiness. Cold.
 */
#include "config.h"

#include "base/clock.h"
#include "shim/fd/delayed.h"

/* A word is the time in nanoseconds; negative: of a connect. 0: none. These times are in the past: */
enum {
	EDGE_SHOWN = DELAYED_EDGE + 1, /* the delay is over, and a wait has shown the edge */
	ENDED                          /* the delay is over */
};

static _Atomic int64_t *word_of(int fd, enum fd_direction direction)
{
	return &fd_entries[fd].delayed[direction];
}

void delayed_set(int fd, uint64_t seen, enum fd_direction direction, int64_t until,
		 bool connecting)
{
	if (!fd_has_entry(fd))
		return;
	if (atomic_exchange_explicit(word_of(fd, direction), connecting ? -until : until,
				     memory_order_acq_rel) == 0)
		fd_count_delayed(1);
	fd_learn(fd, seen, FD_DELAYED);
	if ((fd_state(fd) & FD_DELAYED) == 0)
		delayed_release(fd, direction);
}

void delayed_release(int fd, enum fd_direction direction)
{
	if (fd_has_entry(fd) &&
	    atomic_exchange_explicit(word_of(fd, direction), 0, memory_order_acq_rel) != 0)
		fd_count_delayed(-1);
}

void delayed_release_all(int fd)
{
	for (enum fd_direction direction = 0; direction < FD_DIRECTIONS; direction++)
		delayed_release(fd, direction);
}

static int64_t get(int fd, enum fd_direction direction)
{
	return fd_has_entry(fd) && (fd_state(fd) & FD_DELAYED) != 0
		       ? atomic_load_explicit(word_of(fd, direction), memory_order_acquire)
		       : 0;
}

int64_t delayed_until(int fd, enum fd_direction direction)
{
	const int64_t word = get(fd, direction);

	return word < 0 ? -word : word;
}

bool delayed_edge(int fd, enum fd_direction direction, int64_t now)
{
	int64_t word = get(fd, direction);
	const int64_t until = word < 0 ? -word : word;
	const int64_t shown = until == DELAYED_EDGE ? 0 : word < 0 ? -EDGE_SHOWN : EDGE_SHOWN;

	if (until == 0 || until == EDGE_SHOWN || until > now ||
	    !atomic_compare_exchange_strong_explicit(word_of(fd, direction), &word, shown,
						     memory_order_acq_rel,
						     memory_order_relaxed))
		return false;
	if (shown == 0)
		fd_count_delayed(-1);
	return true;
}

bool delayed_connects(int fd)
{
	return delayed_any() && get(fd, FD_SEND) < 0;
}

void delayed_release_endless(void)
{
	if (!delayed_any())
		return;
	for (int fd = 0; fd_has_entry(fd); fd++)
		for (enum fd_direction direction = 0; direction < FD_DIRECTIONS; direction++)
			if (delayed_until(fd, direction) == DEADLINE_NEVER)
				atomic_store_explicit(word_of(fd, direction),
						      get(fd, direction) < 0 ? -ENDED : ENDED,
						      memory_order_release);
}
