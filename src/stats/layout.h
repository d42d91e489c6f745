/*
 * The file of the counters: one a program and user, which the library's processes map and add to,
 * and the launcher reads. Cold. The functions are pure and async-signal-safe.
 *
 * The file is changed by the kernel alone (shim/log/counters.c says why), which adds at most
 * STATS_DIGIT_LIMIT to a word of 32 bits. So a counter is two words: `low` counts, and when its
 * highest bit comes to be set, somebody takes that away and adds one to `high`.
 */
#ifndef STATS_LAYOUT_H
#define STATS_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "policy/operation.h"

/* What the file has in bytes, no more and no less; zero behind what is defined here. */
#define STATS_FILE_SIZE 4096

#define STATS_MAGIC   "socktimeout"
#define STATS_VERSION 1

/* Files of one user in a directory: further programs are counted together, as STATS_OTHER. */
#define STATS_PROGRAMS 256
#define STATS_OTHER    "other"

/* What is counted into `high`, and what there is of `low`. */
#define STATS_CARRY UINT32_C(0x80000000)

/* The most that the kernel adds at once is signed and has 12 bits (futex(2), FUTEX_WAKE_OP). */
#define STATS_DIGIT_BITS  11
#define STATS_DIGIT_LIMIT ((1 << STATS_DIGIT_BITS) - 1)
#define STATS_DIGITS      3

/* The upper bounds of the histogram, in milliseconds; one bucket more is for what is longer. */
#define STATS_BOUNDS(BOUND)                                                                    \
	BOUND(1)                                                                               \
	BOUND(2)                                                                               \
	BOUND(5)                                                                               \
	BOUND(10)                                                                              \
	BOUND(20)                                                                              \
	BOUND(50)                                                                              \
	BOUND(100)                                                                             \
	BOUND(200)                                                                             \
	BOUND(500)                                                                             \
	BOUND(1000)                                                                            \
	BOUND(2000)                                                                            \
	BOUND(5000)                                                                            \
	BOUND(10000)                                                                           \
	BOUND(30000)                                                                           \
	BOUND(60000)                                                                           \
	BOUND(120000)                                                                          \
	BOUND(300000)

#define STATS_BOUND_NUMBER(milliseconds) STATS_BOUND_##milliseconds,
enum { STATS_BOUNDS(STATS_BOUND_NUMBER) STATS_BOUND_COUNT, STATS_BUCKETS };
#undef STATS_BOUND_NUMBER

extern const unsigned int stats_bounds[STATS_BOUND_COUNT];

struct stats_counter {
	uint32_t low, high;
};

struct stats_operation {
	struct stats_counter waits[STATS_BUCKETS]; /* by their time */
	struct stats_counter timeouts;
	struct stats_counter faults;
	/* The time of all waits, in milliseconds: of each time, the lowest STATS_DIGIT_BITS, the next,
	 * and the next. */
	struct stats_counter time[STATS_DIGITS];
};

struct stats_header {
	char magic[sizeof STATS_MAGIC];
	uint32_t version, operations, buckets;
};

struct stats_file {
	struct stats_header header;
	struct stats_operation of[OPERATION_COUNT];
};

/* The counters of a file, one after the other: what is to be looked at for a carry. */
#define STATS_COUNTERS                                                                         \
	(OPERATION_COUNT * sizeof(struct stats_operation) / sizeof(struct stats_counter))

/* What a file of this version begins with. */
extern const struct stats_header stats_header;

enum stats_state {
	STATS_READY,
	STATS_EMPTY,  /* made a moment ago, nothing in it yet */
	STATS_FOREIGN /* of another version, or none of ours */
};

/* What a file is that begins so. */
enum stats_state stats_examine(const struct stats_header *header);

/* The number that a counter stands for. */
uint64_t stats_total(const struct stats_counter *counter);
/* The time of all waits of an operation in milliseconds. */
uint64_t stats_milliseconds(const struct stats_operation *operation);
/* The bucket of a wait of so many nanoseconds, >= 0: a bound belongs to what is below it. */
size_t stats_bucket(int64_t nanoseconds);

#endif
