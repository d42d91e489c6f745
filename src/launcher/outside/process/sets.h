/*
 * What poll, select and epoll_wait wait for: the descriptors of a thread's set. Owns no state; the
 * set is the caller's, and can be used again.
 */
#ifndef LAUNCHER_OUTSIDE_PROCESS_SETS_H
#define LAUNCHER_OUTSIDE_PROCESS_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "launcher/outside/process/sysno.h"

/* A socket that is waited for. */
struct sets_item {
	int fd;
	bool reads, writes;
	ino_t inode;
};

struct sets {
	struct sets_item *items; /* from malloc */
	size_t count, capacity;
	bool terminal; /* a terminal is among what is waited for: the wait is exempt */
};

/* No more descriptors of poll and select are looked at, and no larger epoll sets: a bound for hostile
 * programs. */
#define SETS_LIMIT 16384

/* Fill the set with the sockets that this call (poll, select) of a thread of the process waits for.
 * Returns 0 or -Exxx. */
int sets_of_call(struct sets *sets, pid_t pid, const struct sysno_call *call);
/* Whether the arguments of a restarted call look like those of poll(2): an array of what poll takes, with
 * nothing reported. Other calls that are restarted sleep, or wait for a futex. */
bool sets_is_poll(pid_t pid, const struct sysno_call *call);
/* Fill the set with the sockets in the process's epoll set. Returns 0 or -Exxx; -E2BIG beyond SETS_LIMIT. */
int sets_of_epoll(struct sets *sets, pid_t pid, int epoll);
void sets_free(struct sets *sets);

#endif
