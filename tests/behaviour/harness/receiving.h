/*
 * Every call that receives, behind one signature, and every kind of socket to receive from: what
 * holds for all of them is tested on all of them.
 */
#ifndef BEHAVIOUR_RECEIVING_H
#define BEHAVIOUR_RECEIVING_H

#include "harness/kinds.h"

struct receiver {
	const char *name;
	/* Receive at most length bytes; flags are 0 where takes_flags is false. Like recv(2). */
	long (*call)(int fd, void *buffer, size_t length, int flags);
	bool takes_flags;
};

extern const struct receiver receivers[];
extern const int receiver_count;

const struct receiver *receiver_named(const char *name);

/* One call, and what came of it. */
struct reception {
	const struct receiver *receiver;
	const struct kind *kind;
	int pair[2]; /* receives from pair[0] */
	int flags;
	size_t length; /* at most sizeof buffer */
	char buffer[64];

	pthread_t thread;
	pid_t tid;
	double started, ended;
	long result;
	int error; /* errno afterwards; EXDEV before */
};

/* Make the call in this thread. */
void reception_run(struct reception *reception);
/* Make it in another thread, and come back when that is about to make it. */
void reception_start(struct reception *reception);
void reception_join(struct reception *reception);

/* The outcome: that many bytes and errno untouched; or that error, between those milliseconds. */
void ck_received(const struct reception *reception, const void *bytes, size_t length);
void ck_refused(const struct reception *reception, int error, double least_ms, double most_ms);

/* Make the call in this thread, with that outcome; ck_passes gives it those bytes before. */
void ck_receives(struct reception *reception, const void *bytes, size_t length);
void ck_refuses(struct reception *reception, int error, double least_ms, double most_ms);
void ck_passes(struct reception *reception, const void *bytes, size_t length);

/* One reception for every receiver on every kind of socket, in an array to be freed. */
struct reception *every_reception(int *count);
/* Run them all at the same time, until all have ended. */
void run_together(struct reception *receptions, int count);

/* Wait until everything that was sent to fd has been taken from it. Never a bare sleep. */
void wait_until_taken(int fd);
/* Wait until so many bytes, urgent ones not counted, are there to be received from fd. */
void wait_until_there(int fd, int count);

/* Send all of it. */
void give(int fd, const void *bytes, size_t length);
/* Close it so that the other side of a TCP connection is reset. */
void reset(int fd);
void set_receive_timeout(int fd, int milliseconds);
/* SO_RCVTIMEO in milliseconds, rounded. */
int receive_timeout(int fd);

#endif
