/*
 * All calls that wait for descriptors to become ready, behind one interface: tests that are the same
 * for all run as loops over enum waiter.
 */
#ifndef BEHAVIOUR_WAITING_H
#define BEHAVIOUR_WAITING_H

#include "harness/harness.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

enum waiter {
	WAITER_POLL,
	WAITER_PPOLL,
	WAITER_POLL_ALIAS, /* __poll */
	WAITER_POLL_CHK,
	WAITER_PPOLL_CHK,
	WAITER_SELECT,
	WAITER_SELECT_ALIAS, /* __select */
	WAITER_PSELECT,
	WAITER_EPOLL_WAIT,
	WAITER_EPOLL_PWAIT,
	WAITER_EPOLL_PWAIT2,
	WAITER_COUNT
};

#define MEMBERS 32

struct member {
	int fd;
	short events; /* POLLIN, POLLOUT */
	short revents;
};

struct wait {
	enum waiter waiter;
	int set; /* an epoll set, which the members are in from wait_open on */
	int count;
	struct member member[MEMBERS];
	const sigset_t *mask; /* for the p-variants */
	double took;          /* the last wait, in ms */
};

bool waiter_is_epoll(enum waiter waiter);
bool waiter_is_select(enum waiter waiter);
bool waiter_has_mask(enum waiter waiter);

/* The number of the system call in which such a wait waits. */
long waiter_number(enum waiter waiter);

/* A wait of that kind, without members. */
void wait_open(struct wait *wait, enum waiter waiter);
/* One more member. */
void wait_add(struct wait *wait, int fd, short events);
void wait_close(struct wait *wait);
/* Wait for so many milliseconds, -1 for ever. Fills revents in; returns the number of members that
 * have some, or -1. select knows POLLIN and POLLOUT only. */
int wait_for(struct wait *wait, int milliseconds);
/* A wait of that kind for fd alone, with something to be received. */
int wait_once(enum waiter waiter, int fd, int milliseconds);
/* The events of a dead member. */
short wait_dead(const struct wait *wait, int member);

/* Wait until all members have failed, not early; in MODE_SHORT. */
void wait_fails(struct wait *wait);
/* The member shows the events of a dead connection. */
#define ck_dead(wait, i) ck_assert_int_eq((wait)->member[i].revents, wait_dead(wait, i))
/* The socket has failed: its next call returns the error, once, and then there is no data. */
void ck_told(int fd);
/* The socket has no pending error and no data. */
void ck_empty(int fd);

/* A pair as stream_pair, udp_pair or a named AF_UNIX connection, non-blocking. */
enum pair { PAIR_TCP, PAIR_UNIX, PAIR_UDP, PAIR_COUNT };
void open_pair(enum pair kind, int pair[2]);
/* A connected socket that does not block, with a byte to be received. */
int with_input(int family, int *peer);

/* Run function(0) … function(count - 1), each in a process of its own, all at the same time. */
void together(int count, void (*function)(int number));

/* A test that does so, in these modes; the number is _i. */
#define EACH_TEST(name, modes, count)                                                          \
	static void name##_each(int _i);                                                       \
	BEHAVIOUR_TEST(name, modes)                                                            \
	{                                                                                      \
		together(count, name##_each);                                                  \
	}                                                                                      \
	static void name##_each(int _i)

#endif
