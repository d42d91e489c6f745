/*
 * The layout of the counters' file. There is one file for each program and user; processes with the
 * library map the file and add to the counters, and the launcher reads them. Cold. The functions are
 * pure and async-signal-safe.
 *
 * Only the kernel changes the file (shim/log/counters.c explains why); one call adds at most
 * STATS_DIGIT_LIMIT to a word of 32 bits. So a counter is two words: `low` counts, and when the
 * highest bit of `low` gets set, a process clears that bit and adds 1 to `high`.
 */
#ifndef STATS_LAYOUT_H
#define STATS_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "policy/operation.h"

/* The exact size of the file in bytes; the bytes after struct stats_file are 0. */
#define STATS_FILE_SIZE 4096

#define STATS_MAGIC   "socktimeout"
#define STATS_VERSION 1

/* The number of files of one user in a directory; further programs share the file STATS_OTHER. */
#define STATS_PROGRAMS 256
#define STATS_OTHER    "other"

/* The highest bit of `low`, which is carried to `high`. */
#define STATS_CARRY UINT32_C(0x80000000)

/* The kernel adds a signed number of 12 bits (futex(2), FUTEX_WAKE_OP). */
#define STATS_DIGIT_BITS  11
#define STATS_DIGIT_LIMIT ((1 << STATS_DIGIT_BITS) - 1)
#define STATS_DIGITS      3

/* The upper bounds of the histogram, in milliseconds. One more bucket counts longer waits. */
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
	struct stats_counter waits[STATS_BUCKETS]; /* by duration */
	struct stats_counter timeouts;
	struct stats_counter faults;
	/* The duration of all waits in milliseconds: the sum of the lowest STATS_DIGIT_BITS bits of
	 * each duration, the sum of the next bits, and the sum of the bits after them. */
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

/* The number of counters in a file. */
#define STATS_COUNTERS                                                                         \
	(OPERATION_COUNT * sizeof(struct stats_operation) / sizeof(struct stats_counter))

/* The header of a file of this version. */
extern const struct stats_header stats_header;

enum stats_state {
	STATS_READY,
	STATS_EMPTY,  /* a new file, all 0 */
	STATS_FOREIGN /* another version, or another kind of file */
};

/* The state of a file with this header. */
enum stats_state stats_examine(const struct stats_header *header);

/* The value of a counter. */
uint64_t stats_total(const struct stats_counter *counter);
/* The duration of all waits of an operation in milliseconds. */
uint64_t stats_milliseconds(const struct stats_operation *operation);
/* The bucket of a wait of so many nanoseconds (>= 0); an upper bound is part of its bucket. */
size_t stats_bucket(int64_t nanoseconds);

#endif
