/*
 * The silences of a thread: since when it has waited for the same things in vain, for a few different
 * ones, so that waits for one and for another in turn each count together. A silence begins with the
 * first wait that saw nothing, and ends when the thread has not waited so for a whole timeout; all of
 * them end with a wait that saw something.
 *
 * Cold. Async-signal-safe: what a handler does to them makes a silence begin later, never earlier.
 */
#ifndef SHIM_SILENCE_H
#define SHIM_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

struct silence {
	uint64_t key;  /* what is waited for */
	int64_t since; /* 0: none */
	int64_t until; /* when the last wait of it ended */
	int64_t mark; /* when what is waited for is to be marked (judge_silent); 0: it has been */
	int64_t due; /* when there is something to examine */
};

/* A wait for key from started to now has found nothing: its silence, which goes on or, with since ==
 * started, mark == 0 and due == 0, begins, where the thread has not waited so for a time of away
 * nanoseconds. Never NULL; of more silences than there is room for the oldest is forgotten. */
struct silence *silence_continue(uint64_t key, int64_t started, int64_t now, int64_t away);

/* When something is to be done in this one. */
int64_t silence_next(const struct silence *silence);

/* The same of all that a wait from started on may continue, as above; DEADLINE_NEVER where there are
 * none. */
int64_t silence_next_of_all(int64_t started, int64_t away);

/* Something has happened. */
void silence_end(void);

#endif
