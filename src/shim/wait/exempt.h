/*
 * Is a descriptor exempt from the timeouts of readiness waits? Which timeout applies to a socket that is
 * not, and since when has the socket been quiet?
 *
 * Cold: asked once a timeout. Async-signal-safe; errno is unchanged. Times: CLOCK_MONOTONIC,
 * nanoseconds.
 */
#ifndef SHIM_WAIT_EXEMPT_H
#define SHIM_WAIT_EXEMPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/operation.h"
#include "shim/config/rules.h"
#include "shim/wait/quiet.h"

enum exempt_verdict {
	EXEMPT,          /* no socket, a listener, no timeout applies, …: never fails */
	EXEMPT_TERMINAL, /* never fails, and neither does anything in the same wait */
	EXEMPT_NOT       /* fails when it has been quiet for `timeout` since `quiet_since` */
};

/* What a socket is judged by: how long a wait for it lasts, or the socket alone. */
enum exempt_by { EXEMPT_BY_WAIT, EXEMPT_BY_IDLE, EXEMPT_BY_REPLY };

/* One descriptor of a wait. The caller sets the first group, exempt_ask the second. */
struct exempt {
	int fd;
	short events;      /* POLLIN, POLLOUT, …: the events that the program waits for */
	ino_t inode;       /* the file that fd must be; 0: any. Then: the file that fd is */
	enum exempt_by by; /* EXEMPT_BY_IDLE: own and since are not used; _REPLY: since */
	int64_t own;       /* the timeout of the wait; -1: none */
	int64_t since;     /* the thread's quiet period began then */
	int64_t this_wait; /* … and this wait */
	struct quiet_slice slice; /* an earlier wait of the quiet period that ran out */

	enum operation operation; /* whose timeout applies */
	int64_t timeout;          /* nanoseconds; DURATION_NONE: none */
	struct rule_origin rule;  /* that sets the timeout; line 0: none */
	int64_t quiet_since;
	int64_t moved; /* when TCP last sent or received, as the kernel knows; 0: unknown */
	bool sliced;   /* the timeout applies because the wait continues `slice` */
	bool connecting;
	struct rules_subject subject;
};

/* At most 8 system calls. */
enum exempt_verdict exempt_ask(struct exempt *exempt);

/* exempt was asked anew: nothing has happened on the socket since the earlier answer, which was
 * quiet_since. The kernel's times differ by a tick from one question to the next. */
bool exempt_still_quiet(const struct exempt *exempt, int64_t quiet_since);

/* No quiet period of the socket began after exempt->quiet_since. fd must have an entry (fd/fd.h). */
bool exempt_is_current(const struct exempt *exempt);

/* A wait for fd that began at this_wait has just found nothing: note calls that use fd from now on. */
void exempt_mark_quiet(int fd, int64_t this_wait);

/* Which timeout applies to exempt, of which connecting, events, by and subject are known: sets
 * operation, timeout and rule. True: also in a wait with a longer timeout of its own. (wait/timeout.c) */
bool exempt_find_timeout(struct exempt *exempt);

#endif
