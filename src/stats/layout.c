/*
 * Computes numbers from the words of the counters' file. Cold; owns no state.
 */
#include "stats/layout.h"

#include <string.h>

#include "base/duration.h"

#define STATS_BOUND_VALUE(milliseconds) (milliseconds),
const unsigned int stats_bounds[STATS_BOUND_COUNT] = {STATS_BOUNDS(STATS_BOUND_VALUE)};
#undef STATS_BOUND_VALUE

const struct stats_header stats_header = {STATS_MAGIC, STATS_VERSION, OPERATION_COUNT,
					  STATS_BUCKETS};

_Static_assert(sizeof(struct stats_file) <= STATS_FILE_SIZE, "the file is too small");
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
	       nanoseconds > stats_bounds[bucket] * NANOSECONDS_PER_MILLISECOND)
		bucket++;
	return bucket;
}
