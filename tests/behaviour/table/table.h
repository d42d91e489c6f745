/*
 * The table of the tests: a scenario times a row of blocking.h is a cell, SCENARIO/CALL/KIND.
 */
#ifndef BEHAVIOUR_TABLE_H
#define BEHAVIOUR_TABLE_H

#include "harness/timers.h"

struct scenario {
	const char *name;
	int modes; /* NATIVE | LONG, … */
	/* The test: the scene is zero but for its row. */
	void (*play)(struct scene *scene);
	/* Why the scenario does not apply to the row; NULL: it does. */
	const char *(*why_not)(const struct blocking *row);
};

/* The scenarios by file. */
extern const struct scenario plain_scenarios[], signal_scenarios[], process_scenarios[];
extern const int plain_scenario_count, signal_scenario_count, process_scenario_count;

/* Add the cells whose names match the pattern (glob(7)); returns the number of all cells so far. */
int cells_add(const struct scenario *scenarios, int count, const char *pattern);
/* Show the names of all cells, and why a cell does not apply; returns an exit status. */
int cells_list(void);
/* Run those whose scenario has that mode, under that name; returns an exit status. */
int cells_run(const char *name, int mode);

/* What more than one file of scenarios needs. */

/* The call can wait on this row. */
const char *row_waits(const struct blocking *row);
bool row_is_wait(const struct blocking *row);
/* libc itself repeats the call after a handler without SA_RESTART. */
bool row_repeats(const struct blocking *row);
#define REPEATS "glibc repeats the write(2) of dprintf(3) after a handler, since 2.37"
bool row_is_connect(const struct blocking *row);
/* A signal handler that counts, and its number. */
void handle(int number, int flags);
int handled(void);
/* Under the short timeout the call ends by it, else it is answered. */
void ck_waits(struct scene *scene);
/* After another outcome: no timer is left, and the next call is as good as the first. */
void ck_goes_on(struct scene *scene);

#endif
