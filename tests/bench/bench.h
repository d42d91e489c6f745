/*
 * The benchmark: what each call costs natively and with the library preloaded. The driver starts
 * pairs of processes that differ in nothing but LD_PRELOAD and lets them measure the same case in
 * turns; the workers hold the cases. Not linked with the library; may use anything.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

struct bench_case {
	const char *name;
	double bound; /* of preloaded / native; 0: shown only */
	/* Prepare whatever rounds need; called once in each worker. */
	void (*prepare)(void);
	/* Measure once; nanoseconds. Divided by calls (0: the whole). */
	double (*measure)(void);
	unsigned calls;    /* that one measure makes */
	unsigned measures; /* that make one batch, of which the low quartile counts */
};

struct bench_plan {
	const char *program;   /* of this benchmark, to start workers */
	const char *library;   /* to preload; NULL: natively both times, to see the noise */
	char *environment[16]; /* NAME=VALUE of the preloaded side; ends with NULL */
	unsigned pairs;        /* pairs of processes a case */
	unsigned batches;      /* that each process of a pair measures, in turns */
	unsigned loads;        /* pairs of starts of true(1) */
};

/* Medians over the pairs, and the 95 % interval of the median of what is judged. */
struct bench_result {
	double native; /* ns a call, or ms a start */
	double preloaded;
	double judged; /* preloaded / native, or for a start preloaded - native in ms */
	double low;
	double high;
};

/* Calls that one measure of a readiness wait makes (waits.c). */
enum { BENCH_WAITS = 512 };
void bench_prepare_waits(void);
double bench_measure_poll(void);
double bench_measure_select(void);
double bench_measure_epoll(void);

/* The cases in the order of the table; stores how many. */
const struct bench_case *bench_cases(size_t *count);
/* Serve one case until standard input ends: a batch for each byte read, a double for each batch.
 * Returns the exit status. */
int bench_work(const char *name);

/* Measure a case in pairs of processes. Exits where a worker fails. */
struct bench_result bench_pairs(const struct bench_plan *plan, const struct bench_case *which);
/* Measure the starting of true(1). */
struct bench_result bench_load(const struct bench_plan *plan);

/* values is sorted; share 0..1. */
double bench_quantile(double *values, size_t count, double share);
/* The median of values and its 95 % interval by order statistics, into judged, low and high;
 * values is sorted. */
void bench_judge(struct bench_result *result, double *values, size_t count);
/* CLOCK_MONOTONIC in nanoseconds. */
double bench_now(void);
/* Keep the calling process, and what it starts, on one of the processors that it may use: counted
 * from the last; where there are not so many, on the first. */
void bench_pin(unsigned from_last);
/* Print to stderr what failed, with errno, and exit 2 (1 is what --check says). */
_Noreturn void bench_die(const char *what);

#endif
