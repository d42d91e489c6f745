/*
 * Tells of what was done: the log and the counters, in the library's forms and places (SOCKTIMEOUT_LOG,
 * SOCKTIMEOUT_LOG_FORMAT, SOCKTIMEOUT_STATS). Owns nothing that stays open.
 */
#ifndef LAUNCHER_OUTSIDE_REPORT_H
#define LAUNCHER_OUTSIDE_REPORT_H

#include <stdbool.h>

#include "record/record.h"

/* Read the settings from the environment. The launcher has checked them. */
void report_begin(void);
/* Whether what is done goes to stderr. */
bool report_is_on_stderr(void);
/* Log the record: all is filled in but the time. */
void report_log(struct record *record);
/* Count a timeout of the operation after so many nanoseconds, for the program in that file. */
void report_count(const char *path, enum operation operation, int64_t elapsed);

#endif
