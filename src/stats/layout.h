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
#define STATS_FILE_SIZE 20480

#define STATS_MAGIC   "socktimeout"
#define STATS_VERSION 2

/* The number of files of one user in a directory; further programs share the file STATS_OTHER. */
#define STATS_PROGRAMS 256
#define STATS_OTHER    "other"

/* The highest bit of `low`, which is carried to `high`. */
#define STATS_CARRY UINT32_C(0x80000000)

/* The kernel adds a signed number of 12 bits (futex(2), FUTEX_WAKE_OP). */
#define STATS_DIGIT_BITS  11
#define STATS_DIGIT_LIMIT ((1 << STATS_DIGIT_BITS) - 1)
#define STATS_DIGITS      3

/* The upper bounds of the histogram in microseconds: quarter powers of two, four from each of these
 * octaves. One more bucket counts longer waits. */
#define STATS_OCTAVES(OCTAVE)                                                                  \
	OCTAVE(250)                                                                            \
	OCTAVE(500)                                                                            \
	OCTAVE(1000)                                                                           \
	OCTAVE(2000)                                                                           \
	OCTAVE(4000)                                                                           \
	OCTAVE(8000)                                                                           \
	OCTAVE(16000)                                                                          \
	OCTAVE(32000)                                                                          \
	OCTAVE(64000)                                                                          \
	OCTAVE(128000)                                                                         \
	OCTAVE(256000)                                                                         \
	OCTAVE(512000)                                                                         \
	OCTAVE(1024000)                                                                        \
	OCTAVE(2048000)                                                                        \
	OCTAVE(4096000)                                                                        \
	OCTAVE(8192000)                                                                        \
	OCTAVE(16384000)                                                                       \
	OCTAVE(32768000)                                                                       \
	OCTAVE(65536000)                                                                       \
	OCTAVE(131072000)                                                                      \
	OCTAVE(262144000)

#define STATS_OCTAVE_NUMBER(microseconds) STATS_OCTAVE_##microseconds,
enum { STATS_OCTAVES(STATS_OCTAVE_NUMBER) STATS_OCTAVE_COUNT };
#undef STATS_OCTAVE_NUMBER

#define STATS_BOUND_COUNT (4 * STATS_OCTAVE_COUNT)
#define STATS_BUCKETS     (STATS_BOUND_COUNT + 1)

extern const uint32_t stats_bounds[STATS_BOUND_COUNT];

/* The pairs of an operation and a destination port that are counted apart. */
#define STATS_PORTS 16
/* Ports that the kernel gives to clients (ip_local_port_range) are no destinations of note. */
#define STATS_PORT_LIMIT 32768

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
	uint32_t version, operations, buckets, ports;
};

/* What the counters of a port are of, in one word; 0: of nothing yet. */
#define STATS_PORT_KEY(operation, port) ((uint32_t)(port) << 8 | ((uint32_t)(operation) + 1))
#define STATS_KEY_PORT(key)             ((key) >> 8)
#define STATS_KEY_OPERATION(key)        (((key)&0xff) - 1)
/* In the last place: there were more pairs than places. */
#define STATS_KEY_FULL UINT32_MAX

struct stats_file {
	struct stats_header header;
	uint32_t keys[STATS_PORTS + 1];
	uint32_t unused;
	struct stats_operation of[OPERATION_COUNT];
	struct stats_operation of_port[STATS_PORTS];
};

/* The number of counters in a file. */
#define STATS_COUNTERS                                                                         \
	((OPERATION_COUNT + STATS_PORTS) * sizeof(struct stats_operation) /                    \
	 sizeof(struct stats_counter))

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
