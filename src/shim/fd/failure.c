/*
 * Remembers which descriptors have failed. Cold. The table is as large as that of the hints, of
 * which it is an extension; its pages exist only where a socket has failed.
 */
#include "config.h"

#include <errno.h>

#include "shim/fd/failure.h"
#include "shim/wait/judge.h"
#include "shim/system/kernel.h"

#define EDGE_REPORTED UINT64_C(0x8000000000000000)
#define CONNECTING    UINT64_C(0x4000000000000000)
/* An errno of the kernel's (include/linux/err.h: MAX_ERRNO). */
#define ERROR_SHIFT 50
#define ERROR_MASK  UINT64_C(0xfff)
/* The kernel's numbers of sockets have 32 bits (fs/inode.c: get_next_ino). */
#define INODE_MASK UINT64_C(0x3ffffffffffff)

atomic_int failure_count;

/* The inode of the failed socket, and what else is to be known of it. */
LARGE _Atomic uint64_t failure_words[HINT_DESCRIPTORS];

/* Take the mark off; false where another thread was faster. */
static bool failure_clear(int fd)
{
	const uint32_t before =
		atomic_fetch_and_explicit(&hint_words[fd], ~HINT_FAILED, memory_order_acq_rel);

	if ((before & HINT_FAILED) == 0)
		return false;
	atomic_fetch_sub_explicit(&failure_count, 1, memory_order_relaxed);
	return true;
}

void failure_watch(bool watch)
{
	atomic_fetch_add_explicit(&failure_count, watch ? FAILURE_WATCH : -FAILURE_WATCH,
				  memory_order_relaxed);
}

bool failure_set(int fd, uint32_t seen, ino_t inode, bool connecting, int error)
{
	uint32_t before;

	if ((unsigned int)fd >= HINT_DESCRIPTORS || failure_is(fd, inode))
		return false;
	atomic_store_explicit(&failure_words[fd],
			      (inode & INODE_MASK) | (uint64_t)error << ERROR_SHIFT |
				      (connecting ? CONNECTING : 0),
			      memory_order_relaxed);
	before = atomic_fetch_or_explicit(&hint_words[fd], HINT_FAILED, memory_order_acq_rel);
	/* Another thread was faster. */
	if ((before & HINT_FAILED) != 0)
		return false;
	atomic_fetch_add_explicit(&failure_count, 1, memory_order_relaxed);
	/* Closed meanwhile, and maybe another one's number. */
	if (((before ^ seen) & HINT_GENERATION_MASK) != 0) {
		(void)failure_clear(fd);
		return false;
	}
	return true;
}

bool failure_is(int fd, ino_t inode)
{
	struct stat status;

	if ((hint_get(fd) & HINT_FAILED) == 0)
		return false;
	if (kernel_status(fd, &status) == 0 && S_ISSOCK(status.st_mode) &&
	    (status.st_ino & INODE_MASK) ==
		    (atomic_load_explicit(&failure_words[fd], memory_order_relaxed) &
		     INODE_MASK))
		return inode == 0 || inode == status.st_ino;
	(void)failure_clear(fd);
	return false;
}

bool failure_edge(int fd)
{
	return (unsigned int)fd < HINT_DESCRIPTORS &&
	       (atomic_fetch_or_explicit(&failure_words[fd], EDGE_REPORTED,
					 memory_order_relaxed) &
		EDGE_REPORTED) == 0;
}

void failure_withdraw(int fd)
{
	(void)failure_clear(fd);
}

void failure_edge_again(int fd)
{
	if ((unsigned int)fd < HINT_DESCRIPTORS && (hint_get(fd) & HINT_FAILED) != 0)
		atomic_fetch_and_explicit(&failure_words[fd], ~EDGE_REPORTED,
					  memory_order_relaxed);
}

bool failure_tell(int fd, uint32_t hint)
{
	uint64_t failure;

	if ((hint & HINT_QUIET) != 0)
		hint_unlearn(fd, HINT_QUIET);
	if ((hint & HINT_FAILED) == 0 || !failure_is(fd, 0))
		return false;
	failure = atomic_load_explicit(&failure_words[fd], memory_order_relaxed);
	/* Before: who sees it cleared sees this too, and does not fail it at once again. */
	judge_begin(fd);
	if (!failure_clear(fd))
		return false;
	if ((failure & CONNECTING) != 0)
		kernel_abandon(fd);
	errno = (int)(failure >> ERROR_SHIFT & ERROR_MASK);
	return true;
}
