/*
 * What is held, in epoll sets. Only the kernel can leave a member of a set out, so the member is
 * changed (EPOLL_CTL_MOD) to ask for nothing that is held, and changed back when the time has come:
 * that tells of what is ready then, also where it is told once only (EPOLLET). What a member asked
 * for before is remembered here, for as long. Cold.
 */
#include "config.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/real.h"
#include "shim/wait/epollset.h"
#include "shim/wait/held.h"
#include "shim/fd/hint.h"

/* EPOLLIN and the others have the values of POLLIN … (epoll_ctl(2)). */
#define EVENTS 0x7fffu

/* More are not held back: their owner is told, and gets EAGAIN. */
#define CHANGED_CAPACITY 1024

enum { CHANGED_FREE, CHANGED_BUSY, CHANGED_USED };

/* A member that has been changed. */
struct changed {
	atomic_int state;
	int set, fd;
	uint32_t set_hint, hint; /* of which the generations count */
	uint32_t mask;           /* as the program wants it */
	uint64_t data;
};

LARGE struct changed held_changes[CHANGED_CAPACITY];
/* None is used behind that. */
static atomic_uint changes_end;

static int change_real(const struct changed *changed, uint32_t mask)
{
	struct epoll_event event = {.events = mask, .data.u64 = changed->data};
	const int saved_errno = errno;
	const int result = REAL(epoll_ctl)(changed->set, EPOLL_CTL_MOD, changed->fd, &event);

	errno = saved_errno;
	return result;
}

static struct changed *change_claim(void)
{
	for (unsigned int i = 0; i < CHANGED_CAPACITY; i++) {
		int state = CHANGED_FREE;
		unsigned int end = atomic_load(&changes_end);

		if (!atomic_compare_exchange_strong(&held_changes[i].state, &state,
						    CHANGED_BUSY))
			continue;
		while (end <= i && !atomic_compare_exchange_weak(&changes_end, &end, i + 1))
			;
		hold_counted(1);
		return &held_changes[i];
	}
	return NULL;
}

/* Only who has made it busy. */
static void change_free(struct changed *changed)
{
	atomic_store(&changed->state, CHANGED_FREE);
	hold_counted(-1);
}

/* The i-th, for the caller alone, if it is used and concerns the set; NULL otherwise. */
static struct changed *change_take(unsigned int i, int set)
{
	int state = CHANGED_USED;

	if (!atomic_compare_exchange_strong(&held_changes[i].state, &state, CHANGED_BUSY))
		return NULL;
	if (held_changes[i].set == set)
		return &held_changes[i];
	atomic_store(&held_changes[i].state, CHANGED_USED);
	return NULL;
}

static bool change_current(const struct changed *changed)
{
	return hint_current(changed->set, changed->set_hint) &&
	       hint_current(changed->fd, changed->hint);
}

bool held_epoll_asked(int set, int fd, uint32_t *mask)
{
	bool found = false;

	for (unsigned int i = 0; i < atomic_load(&changes_end); i++) {
		struct changed *const changed = change_take(i, set);

		if (changed == NULL)
			continue;
		if (changed->fd == fd && change_current(changed)) {
			*mask = changed->mask;
			found = true;
		}
		atomic_store(&changed->state, CHANGED_USED);
	}
	return found;
}

void held_epoll_forget(int set, int fd)
{
	for (unsigned int i = 0; i < atomic_load(&changes_end); i++) {
		struct changed *const changed = change_take(i, set);

		if (changed == NULL)
			continue;
		if (changed->fd == fd)
			change_free(changed);
		else
			atomic_store(&changed->state, CHANGED_USED);
	}
}

/* Change back what is due; *until gets the first time at which something will be. */
static void give_back(int set, int64_t now, int64_t *until)
{
	for (unsigned int i = 0; i < atomic_load(&changes_end); i++) {
		struct changed *const changed = change_take(i, set);
		short events;

		if (changed == NULL)
			continue;
		events = (short)(changed->mask & EVENTS);
		if (!change_current(changed)) {
			change_free(changed);
		} else if (held_events(changed->fd, events, now, until) == events) {
			(void)change_real(changed, changed->mask);
			change_free(changed);
		} else {
			atomic_store(&changed->state, CHANGED_USED);
		}
	}
}

/* Without an event that is left nothing comes but errors and hang-ups, and these once (EPOLLET). */
static void leave_out(const struct ready *ready, const struct ready_interest *interest,
		      short left)
{
	struct changed *const changed = change_claim();
	uint32_t mask = (interest->mask & EPOLLSET_MODES) | (uint32_t)(uint16_t)left;

	if (changed == NULL)
		return;
	changed->set = ready->set;
	changed->fd = interest->fd;
	changed->set_hint = hint_get(ready->set);
	changed->hint = hint_get(interest->fd);
	changed->mask = interest->mask;
	changed->data = interest->data;
	if (left == 0)
		mask |= EPOLLET;
	/* Refused for EPOLLEXCLUSIVE: then what comes is left out below. */
	(void)change_real(changed, mask);
	atomic_store(&changed->state, CHANGED_USED);
}

static void leave_all_out(struct ready *ready, int64_t now, int64_t *until)
{
	struct ready_interest interest;
	size_t position = 0;

	while (ready->next(ready, &position, &interest)) {
		const short left = held_events(interest.fd, interest.events, now, until);
		uint32_t mask;

		if (left != interest.events &&
		    !held_epoll_asked(ready->set, interest.fd, &mask))
			leave_out(ready, &interest, left);
	}
}

/* What is left of an event at now. */
static uint32_t event_left(int set, const struct epoll_event *event, int64_t now)
{
	uint32_t left = event->events;
	int64_t until = DEADLINE_NEVER;

	for (unsigned int i = 0; i < atomic_load(&changes_end); i++) {
		struct changed *const changed = change_take(i, set);
		short asked;

		if (changed == NULL)
			continue;
		asked = (short)(event->events & EVENTS & ~(uint32_t)(EPOLLERR | EPOLLHUP));
		if (changed->data == event->data.u64 && change_current(changed)) {
			asked = held_events(changed->fd, asked, now, &until);
			left = asked != 0 ? (uint32_t)(uint16_t)asked |
						    (left & (EPOLLERR | EPOLLHUP))
					  : 0;
		}
		atomic_store(&changed->state, CHANGED_USED);
	}
	return left;
}

int held_epoll(struct ready *ready, int64_t now, int64_t end, struct epoll_event *events,
	       int (*real)(struct ready *ready, int64_t nanoseconds))
{
	int64_t until = end;
	int n, left = 0;

	if (held_wholly(ready, now))
		return held_nap(ready, end);
	give_back(ready->set, now, &until);
	leave_all_out(ready, now, &until);
	n = real(ready, until == DEADLINE_NEVER ? -1 : until > now ? until - now : 0);
	if (n <= 0)
		return n;
	for (int i = 0; i < n; i++) {
		struct epoll_event event = events[i];

		event.events = event_left(ready->set, &event, now);
		if (event.events != 0)
			events[left++] = event;
	}
	return left != 0 || now >= end ? left : held_nap(ready, until);
}
