/*
 * What an epoll set holds, read from the kernel: /proc/thread-self/fdinfo/N (proc(5)). Cold: read when a
 * wait has found nothing for a whole timeout. No memory of ours that could disagree.
 */
#ifndef SHIM_EPOLLSET_H
#define SHIM_EPOLLSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

/* The bits of epoll_event.events that ask for nothing by themselves. */
#define EPOLLSET_MODES (EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP)

struct epollset_member {
	int fd;          /* the number it was added by */
	uint32_t events; /* what is asked for, with EPOLLET and the like; 0: disabled */
	uint64_t data;   /* the program's own */
	ino_t inode;     /* of the file, to tell a recycled number */
};

struct epollset_reader {
	int file;
	size_t length, used; /* of buffer */
	/* Holds a line, which has 117 bytes at most: a walk has several of these on the stack. */
	char buffer[128];
};

/* Begin to read the set; false where there is no /proc. Async-signal-safe; leaves errno alone. */
bool epollset_open(struct epollset_reader *reader, int set);
/* The next member; false at the end. */
bool epollset_next(struct epollset_reader *reader, struct epollset_member *member);
void epollset_close(struct epollset_reader *reader);

#endif
