/*
 * Runs tests/behaviour/rules/rules_victim under rules, many at the same time, and looks at how its waits
 * ended.
 */
#ifndef BEHAVIOUR_RULING_H
#define BEHAVIOUR_RULING_H

#include "harness/running.h"

/* In time, where nothing else would end a wait. */
#define IN_TIME 0
/* One process: its settings, the victim's arguments, separated by spaces (% stands for a number of
 * its own, $ for a directory of the test's), and how its last wait is to end, and when. */
struct wait_under {
	const char *rules, *spec, *arguments;
	const char *error; /* "0" for none */
	int from, to; /* milliseconds; to is where something else would end it, or IN_TIME */
};

/* Start the victim with those arguments; what else is in *run counts. */
void start_words(struct run *run, const char *arguments);
/* The run has ended; its last wait ended with that error within from..to ms. */
void ck_last_wait(const struct run *run, const char *error, int from, int to);
/* How many milliseconds the number-th wait took, from 0; -1 where there is none. */
int wait_took(const struct run *run, int number);
/* Run all of them, many at a time. */
void ck_waits_under(const struct wait_under *waits, int count);
/* The directory for files, and the path of one in it. */
const char *test_files(void);
const char *in_files(const char *name);
void write_file(const char *path, const char *text);
/* Start it and finish it. */
void run_words(struct run *run, const char *arguments);

#endif
