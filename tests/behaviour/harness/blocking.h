/*
 * The table of the calls that wait on a socket: how each is made, on which kinds of sockets, how
 * it is made to wait, and how it is answered. A row is a call on a kind of socket.
 */
#ifndef BEHAVIOUR_BLOCKING_H
#define BEHAVIOUR_BLOCKING_H

#include "harness/kinds.h"

#include <stdatomic.h>

/* The result of each call when it succeeds. */
#define BLOCKING_RESULT 4096

struct scene;

enum side {
	RECEIVES,
	SENDS,
	ACCEPTS,
	CONNECTS,
	WAITS_IN, /* poll and others; the call is then a recv, or a send, with MSG_DONTWAIT */
	WAITS_OUT
};

enum trait {
	TAKES_FLAGS = 1,     /* of MSG_DONTWAIT */
	NOT_CANCELLABLE = 2, /* no cancellation point in glibc */
	STOP_INTERRUPTS = 4, /* EINTR after SIGCONT: signal(7) */
	UNCONNECTED = 8,     /* on unix-dgram: the socket has no peer */
	ON_A_STREAM = 16,    /* of libc, on the stack of the call */
	ALSO_USED = 32 /* also on sockets on which such calls have waited or gone before */
};

struct call {
	const char *name;
	enum side side;
	int traits;
	long (*make)(struct scene *scene);
};

struct blocking {
	char name[48]; /* CALL/KIND */
	const struct call *call;
	const struct kind *kind;
	bool used;         /* CALL/KIND-used: see ALSO_USED */
	int option;        /* SO_RCVTIMEO or SO_SNDTIMEO: the timer that bounds the call */
	const char *never; /* why the call never waits; NULL: it can */
};

/* A new socket is non-blocking from the beginning. */
enum made { MADE_BLOCKING, MADE_BY_SOCKET, MADE_BY_ACCEPT4 };

struct scene {
	const struct blocking *blocking;
	int fd;    /* of the call */
	int other; /* its other side, or -1 */
	int file;  /* of connect: the listener; of sendfile: the file */
	int keep[8];
	struct named_address address; /* of connect and accept; of sendto without a peer */
	int flags;                    /* MSG_DONTWAIT, where the call takes flags */
	int wait_ms;                  /* the timeout of a wait; -1: none */

	/* The thread that plays the scene, and the outcome. */
	pthread_t thread;
	pid_t tid;
	double started, ended;
	long result;
	int error; /* EXDEV before the call */
	atomic_bool done;
};

/* All rows, and their number. */
extern const struct blocking *blockings;
extern int blocking_count;
const struct blocking *blocking_named(const char *name);

/* New sockets for the row; the call does not wait where that needs no answer. */
void scene_open(struct scene *scene, const struct blocking *blocking, enum made made);
/* The call will wait from now on. */
void scene_stuff(struct scene *scene);
/* Both. */
void scene_prepare(struct scene *scene, const struct blocking *blocking);
/* The next call will not wait. */
void scene_let_go(struct scene *scene);
/* Answer the call that waits; where room is made, until the call is done. */
void scene_release(struct scene *scene);
/* Make the call. */
long scene_call(struct scene *scene);

/* A thread's function: make the call of a prepared scene, and store the outcome. */
void *play(void *scene);
/* Make the call of a prepared scene in a thread, and come back when it waits. */
void scene_start(struct scene *scene);
/* Prepare the scene, and start. */
void play_in_background(struct scene *scene, const struct blocking *blocking);
/* The call has ended with this result, or for -1 with that error; errno is kept on success. */
void ck_outcome(const struct scene *scene, long result, int error);
/* The thread has ended, with that outcome. */
void join_expecting(struct scene *scene, long result, int error);
/* Let the call end, with success. */
void release_and_join(struct scene *scene);
/* As far as the program can see, the socket has no timeout and is blocking. */
void ck_untouched(const struct scene *scene);

#endif
