/*
 * Where records go: SOCKTIMEOUT_LOG. Cold. Async-signal-safe; one write(2) or send(2) a record from
 * a buffer of its own; keeps no descriptor; leaves errno alone.
 */
#ifndef SHIM_LOG_H
#define SHIM_LOG_H

#include "record/record.h"

/* Something is logged at all. */
bool log_wanted(void);

/* Log the record; program, process, thread and time are filled in here. What cannot be written is
 * lost, and the first time in a process a line on standard error says so, where that still is what
 * it was at start. */
void log_put(struct record *record);

/* A line about the settings on standard error, where that still is what it was at start. */
void log_complain(const char *message);

#endif
