/*
 * Is this descriptor a blocking socket whose waits are bounded? Shared by the tests that turn
 * descriptors into others.
 */
#ifndef BEHAVIOUR_WAITS_H
#define BEHAVIOUR_WAITS_H

#include "harness/harness.h"

/* A thread in read(fd), and the result. */
struct reading {
	int fd;
	long result;
	int error;
	char buffer[16];
	pthread_t thread;
	pid_t id;
};

/* Begin to read, and come back when the thread waits. */
void reading_begin(struct reading *reading, int fd);
/* Wait for the thread's end. */
void reading_end(struct reading *reading);

/* fd is a blocking, empty stream socket connected to peer: a read waits until the timeout in MODE_SHORT,
 * else until data comes. */
void socket_waits(int fd, int peer);
/* fd is a socket with that peer, whether it blocks or not: bytes go and come by all the calls. */
void socket_works(int fd, int peer);

#endif
