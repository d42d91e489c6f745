/*
 * Walks through sets in sets. Cold.
 */
#include "config.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/attributes.h"
#include "base/text.h"
#include "shim/fd/failure.h"
#include "shim/wait/held.h"
#include "shim/fd/hint.h"
#include "shim/system/kernel.h"
#include "shim/wait/nested.h"

/* What a set may show. */
#define INPUT (POLLIN | POLLRDNORM)

bool nested_member(struct epollset_reader *reader, int set, struct ready_interest *interest)
{
	struct epollset_member member;

	while (epollset_next(reader, &member)) {
		if (UNLIKELY(hold_any()))
			(void)held_epoll_asked(set, member.fd, &member.events);
		if ((member.events & ~EPOLLSET_MODES) == 0)
			continue;
		/* EPOLLIN and the others have the values of POLLIN … (epoll_ctl(2)). */
		*interest = (struct ready_interest){.fd = member.fd,
						    .events = (short)(member.events & 0x7fffu),
						    .mask = member.events,
						    .data = member.data,
						    .inode = member.inode};
		return true;
	}
	return false;
}

static bool is_set(int fd, ino_t inode)
{
	static const char name[] = "anon_inode:[eventpoll]";
	char path[64], target[sizeof name];
	struct text text;
	struct stat status;

	/* Anonymous inodes have no type (fs/libfs.c: alloc_anon_inode). */
	if ((hint_get(fd) & (HINT_STREAM | HINT_MESSAGES)) != 0 ||
	    kernel_status(fd, &status) != 0 || (status.st_mode & S_IFMT) != 0 ||
	    (inode != 0 && inode != status.st_ino))
		return false;
	text_begin(&text, path, sizeof path);
	text_put_string(&text, "/proc/thread-self/fd/");
	text_put_signed(&text, fd);
	return kernel_link_at(path, target, sizeof target) == sizeof name - 1 &&
	       memcmp(target, name, sizeof name - 1) == 0;
}

/* What a set shows is that something in it can be read or written. */
static void descend(struct nested_walk *walk, int fd, ino_t inode, short events)
{
	if (walk->depth == NESTED_LEVELS || (events & INPUT) == 0 || !is_set(fd, inode) ||
	    !epollset_open(&walk->levels[walk->depth].reader, fd))
		return;
	walk->levels[walk->depth].set = fd;
	walk->depth++;
}

bool nested_next(struct nested_walk *walk, struct ready_interest *interest)
{
	for (; walk->depth > 0; walk->depth--) {
		struct epollset_reader *const reader = &walk->levels[walk->depth - 1].reader;

		if (nested_member(reader, walk->levels[walk->depth - 1].set, interest)) {
			descend(walk, interest->fd, interest->inode, interest->events);
			return true;
		}
		epollset_close(reader);
	}
	if (walk->ready == NULL || !walk->ready->next(walk->ready, &walk->position, interest))
		return false;
	descend(walk, interest->fd, interest->inode, interest->events);
	return true;
}

/* APART: what is no set needs no room for one. */
APART static bool has_failed_member(int fd, ino_t inode, short events)
{
	struct nested_walk walk = NESTED_WALK_OF(NULL);
	struct ready_interest interest;
	bool failed = false;

	descend(&walk, fd, inode, events);
	while (nested_next(&walk, &interest))
		failed = failure_is(interest.fd, interest.inode) || failed;
	return failed;
}

short nested_shows(int fd, ino_t inode, short events)
{
	if (failure_is(fd, inode))
		return ready_dead(events);
	if (!is_set(fd, inode) || !has_failed_member(fd, inode, events))
		return 0;
	return (short)(events & INPUT);
}
