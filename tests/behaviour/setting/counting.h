/*
 * Runs programs that count into a directory, and reads what they counted: the tests of
 * SOCKTIMEOUT_STATS. Beside tests/behaviour/harness/running.h.
 */
#ifndef BEHAVIOUR_COUNTING_H
#define BEHAVIOUR_COUNTING_H

#include "harness/running.h"
#include "stats/layout.h"

/* The directory of the counters, and the files of victim and of stats_victim in it. */
extern const char *stats_directory;
extern char victim_file[200], others_file[200];

/* A new directory, for the counters of all that is started from here on. */
void begin_counting(void);
/* The run is of stats_victim; run_many also runs it, and returns how many waits it told of, all of
 * which have timed out. */
void use_stats_victim(struct run *run);
uint64_t run_many(struct run *run, const char *const arguments[]);
#define RUN_MANY(run, ...) run_many(run, (const char *const[]){__VA_ARGS__, NULL})

/* What is in a file, which must be whole. */
struct stats_file counters(const char *path);
/* The waits of an operation, however long. */
uint64_t waits(const struct stats_operation *operation);
/* So many waits, all of them timed out, of at least ms each, which the histogram knows. */
void ck_counted(const struct stats_file *file, enum operation operation, uint64_t count,
		unsigned int ms);
/* A file of these bytes and rights. */
void write_whole(const char *path, const void *data, size_t size, mode_t rights);

#endif
