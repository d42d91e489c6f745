/*
 * The members of an epoll set, read from the kernel: /proc/thread-self/fdinfo/N (proc(5)). The library
 * remembers nothing that could disagree. Cold: read when a wait has found nothing for a whole timeout.
 * Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_WAIT_EPOLLSET_H
#define SHIM_WAIT_EPOLLSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

/* The bits of epoll_event.events that ask for no event. */
#define EPOLLSET_MODES (EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP)

struct epollset_member {
	int fd;          /* the number by which the member was added */
	uint32_t events; /* the events asked for, with EPOLLSET_MODES; no event: disabled */
	uint64_t data;   /* the program's own */
	ino_t inode;     /* of the file, to recognize a number with another meaning */
};

struct epollset_reader {
	int file;
	uint64_t signals;    /* the thread's mask */
	size_t length, used; /* of buffer */
	/* Holds a line, which has 117 bytes at most; small, since a walk has several readers on the
	 * stack. */
	char buffer[128];
};

/* Begin to read the set; false where there is no /proc. Until epollset_close signals are blocked: a handler that
 * left by siglongjmp(3) would leave the file open. 2 system calls. */
bool epollset_open(struct epollset_reader *reader, int set);
/* The next member; false at the end. */
bool epollset_next(struct epollset_reader *reader, struct epollset_member *member);
void epollset_close(struct epollset_reader *reader);

/* The program gives fd these events in set (epoll_ctl(2)); 0: the events are not known. Called before the real
 * call. Only the last set of fd is remembered. */
void epollset_remember(int set, int fd, uint32_t events);
/* The remembered events; else `events`. The kernel forgets the events of a member that an event disables
 * (EPOLLONESHOT; fs/eventpoll.c: ep_send_events). */
uint32_t epollset_asked(int set, int fd, uint32_t events);

/* Change a member of set (EPOLL_CTL_MOD): the kernel looks at the file again, and reports what is
 * ready, also where that was reported before (EPOLLET; fs/eventpoll.c: ep_modify). A member with
 * EPOLLEXCLUSIVE is removed and added again. */
void epollset_change(int set, int fd, uint32_t events, uint64_t data);

#endif
