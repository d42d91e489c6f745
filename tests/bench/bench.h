/*
 * The benchmark: the time of a call natively, and with the library preloaded. The driver starts pairs of
 * processes, the workers, that differ only in their environment. Both workers of a pair measure the same case in
 * turns. The benchmark is not linked with the library.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

struct bench_case {
	const char *name;
	double bound; /* the largest preloaded / native; 0: no bound */
	/* Makes the sockets. Called once in each worker. */
	void (*prepare)(void);
	/* Makes the calls; returns nanoseconds. */
	double (*measure)(void);
	unsigned calls;    /* calls in one measure */
	unsigned measures; /* measures in one batch: their low quartile is the result */
};

struct bench_plan {
	const char *program;   /* the program of the workers */
	const char *library;   /* to preload; NULL: both workers are native (shows the noise) */
	char *environment[16]; /* NAME=VALUE for the preloaded worker; ends with NULL */
	unsigned pairs;        /* pairs of processes for each case */
	unsigned batches;      /* batches of each process */
	unsigned loads;        /* pairs of starts of true(1) */
};

/* Medians over the pairs, and the 95 % interval of the median of judged. */
struct bench_result {
	double native; /* nanoseconds for a call, or milliseconds for a start */
	double preloaded;
	double judged; /* preloaded / native; for a start preloaded - native in milliseconds */
	double low;
	double high;
};

/* Readiness waits (waits.c), and the calls of one measure of them. */
enum { BENCH_WAITS = 512 };
void bench_prepare_waits(void);
double bench_measure_poll(void);
double bench_measure_select(void);
double bench_measure_epoll(void);

/* Returns the cases in the order of the table, and stores their number. */
const struct bench_case *bench_cases(size_t *count);
/* Is a worker for a case: reads a byte, measures a batch, writes its result (a double), until standard input
 * ends. Returns the exit status. */
int bench_work(const char *name);

/* Measures a case in pairs of processes. Exits if a worker fails. */
struct bench_result bench_pairs(const struct bench_plan *plan, const struct bench_case *which);
/* Measures the start of true(1). */
struct bench_result bench_load(const struct bench_plan *plan);

/* Returns the quantile at share (0 to 1) of values. Sorts values. */
double bench_quantile(double *values, size_t count, double share);
/* Stores the median of values in result->judged, and its 95 % interval by order statistics in low and high.
 * Sorts values. */
void bench_judge(struct bench_result *result, double *values, size_t count);
/* CLOCK_MONOTONIC in nanoseconds. */
double bench_now(void);
/* Restricts the calling process and its later children to one of its processors, counted from the last; to the
 * first one if there are fewer. */
void bench_pin(unsigned from_last);
/* Prints the name of the failed call and errno to standard error, and exits with 2. (--check exits with 1.) */
_Noreturn void bench_die(const char *what);

#endif
