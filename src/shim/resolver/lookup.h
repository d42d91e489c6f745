/*
 * Bounding libc's resolver. It sends and polls inside libc, where no wrapper reaches, so a lookup
 * that may go to the network runs in a thread of its own, on copies of all that the caller gave
 * it, and the caller waits for it until the deadline. What both see belongs to the one that lets
 * go of it last: an abandoned lookup never touches the caller's memory.
 *
 *     struct my_lookup *lookup = lookup_new(CALL_getaddrinfo, sizeof *lookup, run, discard);
 *     (copy the arguments with lookup_keep)
 *     switch (lookup_run(lookup)) …
 *     lookup_release(lookup);
 *
 * Cold. THE EXCEPTION to what the library is held to: malloc and pthread_create are used here,
 * because the real functions are not async-signal-safe either, allocate themselves, and are made
 * for this: a lookup over the network is milliseconds. Nothing is locked while the caller waits,
 * so that a handler may leave with siglongjmp, as programs do that bound gethostbyname with
 * alarm(2) (what the lookup has allocated is then lost, as natively).
 */
#ifndef SHIM_LOOKUP_H
#define SHIM_LOOKUP_H

#include <locale.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "calls/calls.h"
#include "shim/resolver/lookup_state.h"
#include "shim/config/rules.h"

/* Room for the name in the log; what is longer is cut. */
#define LOOKUP_SUBJECT_SIZE 300

struct lookup_block;

/* The first member of each kind of lookup. */
struct lookup {
	enum call call;
	struct text subject;          /* what is looked up, for the log */
	struct lookup_state *state;   /* a copy of the caller's resolver state */
	bool state_of_thread;         /* it is to be the worker's own _res, not an argument */
	void (*run)(struct lookup *); /* make the real call; in the worker */
	void (*discard)(struct lookup *); /* free a result that nobody has taken; may be NULL */

	/* The engine's. */
	bool incomplete;             /* memory ran out for a copy */
	struct lookup_block *blocks; /* the copies */
	locale_t locale;             /* the caller's own, or 0 */
	int error, host_error;       /* errno and h_errno, before and after */
	pid_t thread;                /* the worker */
	struct rules_limit limit;
	int64_t started, deadline;
	sem_t done;
	atomic_int phase;
	atomic_int references;
	char subject_buffer[LOOKUP_SUBJECT_SIZE];
};

enum lookup_verdict {
	LOOKUP_DONE,     /* run has come back; errno and h_errno are as it left them */
	LOOKUP_NATIVE,   /* no worker can be had: call the real function here */
	LOOKUP_TIMED_OUT /* reported; errno is ETIMEDOUT, h_errno TRY_AGAIN */
};

/* Lookups of this thread are bounded: a timeout is set, and this is no worker. */
bool lookup_bounded(void);

/* A lookup of name (NULL: none) by call is about to begin: the EAI_ value that a chaos rule lets it
 * fail with, with errno and h_errno set; 0: it is to be made. *begun gets when it has begun, or 0. */
int lookup_fault(enum call call, const char *name, int64_t *begun);
/* It has begun then already, unless that is 0. NULL is harmless. */
void lookup_begun(void *argument, int64_t begun);

/* A lookup of so many bytes, beginning with a struct lookup, zeroed behind it; or NULL. */
void *lookup_new(enum call call, size_t size, void (*run)(struct lookup *),
		 void (*discard)(struct lookup *));
/* The name in the log; NULL is none. */
void lookup_name(struct lookup *lookup, const char *name);
/* A copy of count bytes, or with bytes NULL count uninitialised ones, that lives as long as the
 * lookup. NULL where memory runs out: lookup_run then says LOOKUP_NATIVE. */
void *lookup_keep(struct lookup *lookup, const void *bytes, size_t count);
/* A copy of a string; NULL of NULL. */
char *lookup_keep_string(struct lookup *lookup, const char *string);

/* Let it run with a copy of this thread's _res, first brought up to date as with
 * lookup_state_refresh(query). */
void lookup_use_thread_state(struct lookup *lookup, bool query);
/* Give it a copy of the state of a res_n function; returns that, or NULL with no memory. */
struct __res_state *lookup_use_state(struct lookup *lookup, const struct __res_state *state);

/*
 * Run it in a worker and wait, a cancellation point that lets go of the lookup. lookup may be
 * NULL (no memory): LOOKUP_NATIVE. Handlers that return do not end the wait.
 */
enum lookup_verdict lookup_run(void *argument);

/* Let go of it; NULL is harmless. */
void lookup_release(void *argument);

#endif
