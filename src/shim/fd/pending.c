/*
 * Owns the pending errors. Cold.
 */
#include "config.h"

#include <errno.h>

#include "shim/fd/pending.h"
#include "shim/system/kernel.h"

/* A pending word: the inode; the errno, which is at most 4095 (include/linux/err.h: MAX_ERRNO); and
 * two flags. The kernel's inode numbers of sockets have 32 bits (fs/inode.c: get_next_ino). */
#define EDGE_REPORTED UINT64_C(0x8000000000000000)
#define CONNECTING    UINT64_C(0x4000000000000000)
#define ERROR_SHIFT   50
#define ERROR_MASK    UINT64_C(0xfff)
#define INODE_MASK    UINT64_C(0x3ffffffffffff)

/* False where another thread was faster. */
static bool clear(int fd)
{
	const uint64_t before = atomic_fetch_and_explicit(&fd_entries[fd].state, ~FD_PENDING,
							  memory_order_acq_rel);

	if ((before & FD_PENDING) == 0)
		return false;
	atomic_fetch_sub_explicit(&fd_examined, 1, memory_order_relaxed);
	return true;
}

bool pending_set(int fd, uint64_t seen, ino_t inode, bool connecting, int error)
{
	uint64_t before;

	if (!fd_has_entry(fd) || pending_is(fd, inode))
		return false;
	atomic_store_explicit(&fd_entries[fd].pending,
			      (inode & INODE_MASK) | (uint64_t)error << ERROR_SHIFT |
				      (connecting ? CONNECTING : 0),
			      memory_order_relaxed);
	before = atomic_fetch_or_explicit(&fd_entries[fd].state, FD_PENDING,
					  memory_order_acq_rel);
	if ((before & FD_PENDING) != 0)
		return false;
	atomic_fetch_add_explicit(&fd_examined, 1, memory_order_relaxed);
	if (((before ^ seen) & FD_GENERATION) != 0) {
		(void)clear(fd);
		return false;
	}
	return true;
}

void pending_withdraw(int fd)
{
	if (fd_has_entry(fd))
		(void)clear(fd);
}

bool pending_is(int fd, ino_t inode)
{
	struct stat status;

	if (!fd_has_entry(fd) || (fd_state(fd) & FD_PENDING) == 0)
		return false;
	if (kernel_status(fd, &status) == 0 && S_ISSOCK(status.st_mode) &&
	    (status.st_ino & INODE_MASK) ==
		    (atomic_load_explicit(&fd_entries[fd].pending, memory_order_relaxed) &
		     INODE_MASK))
		return inode == 0 || inode == status.st_ino;
	(void)clear(fd);
	return false;
}

bool pending_edge(int fd)
{
	return fd_has_entry(fd) &&
	       (atomic_fetch_or_explicit(&fd_entries[fd].pending, EDGE_REPORTED,
					 memory_order_relaxed) &
		EDGE_REPORTED) == 0;
}

void pending_edge_again(int fd)
{
	if (fd_has_entry(fd) && (fd_state(fd) & FD_PENDING) != 0)
		atomic_fetch_and_explicit(&fd_entries[fd].pending, ~EDGE_REPORTED,
					  memory_order_relaxed);
}

int pending_take(int fd, uint64_t state)
{
	uint64_t pending;

	if ((state & FD_QUIET) != 0)
		fd_unlearn(fd, FD_QUIET);
	if ((state & FD_PENDING) == 0 || !pending_is(fd, 0))
		return 0;
	pending = atomic_load_explicit(&fd_entries[fd].pending, memory_order_relaxed);
	/* Before the error is cleared: a thread that sees no error sees the new quiet period, and does
	 * not fail the socket again at once. */
	fd_quiet_begin(fd);
	if (!clear(fd))
		return 0;
	if ((pending & CONNECTING) != 0)
		kernel_abandon(fd);
	return (int)(pending >> ERROR_SHIFT & ERROR_MASK);
}
