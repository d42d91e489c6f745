/*
 * Runs a function in a thread of its own while the caller waits until a deadline. Cold. Not
 * async-signal-safe.
 *
 * The worker and the caller share one object, which begins with a struct worker. The last of them
 * that releases the object frees the object.
 */
#ifndef SHIM_WORKER_H
#define SHIM_WORKER_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct worker {
	void (*run)(struct worker *);  /* called in the thread */
	void (*free)(struct worker *); /* called by the last release, in either thread */
	int64_t deadline;              /* CLOCK_MONOTONIC, nanoseconds, or DEADLINE_NEVER */
	sem_t done;
	pid_t thread;
	atomic_int phase, references;
};

enum worker_outcome {
	WORKER_DONE,       /* run has returned, and the thread has ended */
	WORKER_IMPOSSIBLE, /* no thread could be started; run was not called */
	WORKER_TIMED_OUT   /* run may still be running */
};

/* Prepare a worker whose run, free and deadline are set, with one reference: the caller's. */
void worker_init(struct worker *worker);
/* Start the thread and wait for the end of run. Signal handlers that return do not end the wait. A
 * cancellation point, at which the caller's reference is released. May change errno. */
enum worker_outcome worker_run(struct worker *worker);
/* Release a reference. Keeps errno. */
void worker_release(struct worker *worker);
/* The calling thread is a worker. */
bool worker_is_current(void);

#endif
