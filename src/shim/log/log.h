/*
 * The log: writes records to the target of SOCKTIMEOUT_LOG. Owns the buffers for the records.
 *
 * Cold. Async-signal-safe; one write(2) or send(2) a record; no descriptor is kept; errno is
 * unchanged.
 */
#ifndef SHIM_LOG_H
#define SHIM_LOG_H

#include <stdbool.h>

#include "record/record.h"

/* SOCKTIMEOUT_LOG has a target. */
bool log_wanted(void);

/* Log the record. program, process, thread and time are filled in here. A record that cannot be
 * written is lost; the first loss in a process is reported on standard error. */
void log_put(struct record *record);

#endif
