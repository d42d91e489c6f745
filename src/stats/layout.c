/*
 * Computes numbers from the words of the counters' file. Cold; owns no state.
 */
#include "stats/layout.h"

#include <string.h>

#include "base/duration.h"

/* Rounded to whole microseconds. */
#define OCTAVE(us)                                                                             \
	(us), (uint32_t)((us)*1.189207115002721 + 0.5),                                        \
		(uint32_t)((us)*1.4142135623730951 + 0.5),                                     \
		(uint32_t)((us)*1.681792830507429 + 0.5),
const uint32_t stats_bounds[STATS_BOUND_COUNT] = {STATS_OCTAVES(OCTAVE)};
#undef OCTAVE

const struct stats_header stats_header = {STATS_MAGIC, STATS_VERSION, OPERATION_COUNT,
					  STATS_BUCKETS, STATS_PORTS};

_Static_assert(sizeof(struct stats_file) <= STATS_FILE_SIZE, "the file is too small");
_Static_assert(offsetof(struct stats_file, of_port) ==
		       offsetof(struct stats_file, of) +
			       OPERATION_COUNT * sizeof(struct stats_operation),
	       "the counters are one array");
_Static_assert(sizeof(struct stats_header) % sizeof(uint32_t) == 0, "words are misaligned");

enum stats_state stats_examine(const struct stats_header *header)
{
	static const struct stats_header nothing;

	if (memcmp(header, &stats_header, sizeof *header) == 0)
		return STATS_READY;
	return memcmp(header, &nothing, sizeof *header) == 0 ? STATS_EMPTY : STATS_FOREIGN;
}

uint64_t stats_total(const struct stats_counter *counter)
{
	return (uint64_t)counter->high * STATS_CARRY + counter->low;
}

uint64_t stats_milliseconds(const struct stats_operation *operation)
{
	uint64_t total = 0;

	for (size_t i = 0; i < STATS_DIGITS; i++)
		total += stats_total(&operation->time[i]) << (i * STATS_DIGIT_BITS);
	return total;
}

size_t stats_bucket(int64_t nanoseconds)
{
	size_t bucket = 0;

	while (bucket < STATS_BOUND_COUNT &&
	       nanoseconds > stats_bounds[bucket] * (int64_t)NANOSECONDS_PER_MICROSECOND)
		bucket++;
	return bucket;
}
