/*
 * How long a wait may last, by SPEC and the rules, for programs that are bounded from outside. Owns
 * the rules in force and reads their file again when it has changed.
 */
#ifndef LAUNCHER_OUTSIDE_LIMITS_H
#define LAUNCHER_OUTSIDE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

/* No wait is bounded more tightly from outside: the kernel keeps its timers for a silent connection
 * in whole seconds, and the looks must stay far apart to be cheap. */
#define LIMITS_LEAST (1 * NANOSECONDS_PER_SECOND)

/* What rules there are for one program. */
struct limits_program;

/* One limit of a wait. */
struct limit {
	int64_t length;          /* nanoseconds; DURATION_NONE: no limit */
	const struct rule *rule; /* that says so; NULL: SPEC */
};

/* What applies to one wait. */
struct limits {
	struct limit timeout; /* of the operation */
	struct limit idle;    /* since anything came or went */
	struct limit reply;   /* since something was sent that has no answer */
	bool enforce;         /* a timeout that the program set itself does not matter */
};

/* Take SPEC (NULL: nothing is bounded but by rules) and the rules of the environment and of the file.
 * Dies (125) where one of them is wrong, or cannot be applied from outside: a fault, or a time below
 * LIMITS_LEAST. */
void limits_begin(const char *spec);

/* Look whether the rules' file has changed, at most once a second, or always where asked so, and read
 * it. Returns whether there are other rules now: then what limits_program returned is gone. What is
 * wrong in the file is said on stderr, and the rules stay. */
bool limits_reload(bool always);

/* The program with that executable, started under that name (either may be NULL); to be released. */
struct limits_program *limits_program(const char *path, const char *invoked);
/* program may be NULL. After limits_reload has returned true it is gone, and not to be released. */
void limits_release(struct limits_program *program);

/* The limits of a wait. call->operation is what the single call does; with in_set, the program waits
 * in poll, select or epoll_wait, so the limit of `wait` comes first. */
void limits_ask(const struct limits_program *program, const struct policy_call *call,
		bool in_set, struct limits *limits);

/* Whether there are rules at all for the program: without, no address needs to be known. */
bool limits_have_rules(const struct limits_program *program);

/* The shortest limit that any wait can have; DURATION_NONE where nothing is bounded. */
int64_t limits_shortest(void);

/* "SOURCE:LINE" of a rule of the program, put to text. */
void limits_put_rule(struct text *text, const struct limits_program *program,
		     const struct rule *rule);

#endif
