/*
 * The log: one line for what was changed for the program, where it was asked for. Cold.
 * Async-signal-safe; one write(2) a line from a stack buffer; keeps no descriptor; leaves errno
 * alone. What cannot be written is lost without a word.
 */
#ifndef SHIM_REPORT_H
#define SHIM_REPORT_H

#include "shim/gate.h"

/* The call has reached its deadline. */
void report_timeout(const struct gate *gate);

#endif
