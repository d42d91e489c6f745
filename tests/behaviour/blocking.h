/*
 * Every call that can block on a socket, each with a scene in which it does, and what lets it go
 * on: what signals, cancellation and stops must leave as it is natively is tested on all of them.
 */
#ifndef BEHAVIOUR_BLOCKING_H
#define BEHAVIOUR_BLOCKING_H

#include "harness.h"

#include <stdatomic.h>

/* What each call gives when it succeeds. */
#define BLOCKING_RESULT 4096

struct scene {
	const struct blocking *blocking;
	int fd;    /* what the call is made on */
	int other; /* its other side, or -1 */
	int file;  /* of sendfile and splice: where from, or where to */
	int keep[8];
	struct sockaddr_storage address;
	socklen_t address_length;

	/* What play tells; the thread is for who starts it. */
	pthread_t thread;
	pid_t tid;
	double started, ended;
	long result;
	int error;
	atomic_bool done;
};

struct blocking {
	const char *name;
	void (*prepare)(struct scene *scene);
	long (*call)(struct scene *scene);
	/* Let the call end with success; NULL where that takes long. */
	void (*release)(struct scene *scene);
	int option; /* SO_RCVTIMEO or SO_SNDTIMEO: what might be changed for the call */
};

extern const struct blocking blockings[];
extern const int blocking_count;

/* Prepares "CALL again": CALL, on a socket on which such calls have waited or gone before, so that the
 * library has learned how that is best done. */
void prepare_again(struct scene *scene);
/* The case of that name. */
const struct blocking *blocking_named(const char *name);
/* A thread's function: make the call of a prepared scene, and tell what came of it. */
void *play(void *scene);
/* Prepare the scene, make the call in a thread, and come back when it waits. */
void play_in_background(struct scene *scene, const struct blocking *blocking);
/* The thread has ended: with this result, or for -1 with that error. */
void join_expecting(struct scene *scene, long result, int error);
/* Let the call end, and see that it has succeeded. */
void release_and_join(struct scene *scene);
/* The socket's timeouts are 0 and it is blocking. */
void ck_untouched(const struct scene *scene);

#endif
