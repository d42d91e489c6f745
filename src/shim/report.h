/*
 * The log: one line for what was changed for the program, where it was asked for. Cold.
 * Async-signal-safe; one write(2) a line from a stack buffer; keeps no descriptor; leaves errno
 * alone. What cannot be written is lost without a word.
 */
#ifndef SHIM_REPORT_H
#define SHIM_REPORT_H

#include "base/text.h"
#include "shim/gate.h"

/* The call has reached its deadline. */
void report_timeout(const struct gate *gate);
/* The lookup of subject (escaped) by call, begun at started on the monotonic clock, has. */
void report_lookup(enum call call, const struct text *subject, int64_t started);

/* RTLD_DEEPBIND was taken away for path (NULL: the program itself). Reports it the first time
 * only. */
void report_deepbind(const char *path);

#endif
