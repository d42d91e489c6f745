/*
 * What is known of a call that waits, and of the socket it is on, for the log. Cold,
 * async-signal-safe; asks the kernel what the descriptor is; leaves errno alone.
 */
#ifndef SHIM_DESCRIBE_H
#define SHIM_DESCRIBE_H

#include "record/record.h"
#include "shim/io/gate.h"

/* Fills in call, operation, fd, the socket's facts and addresses, elapsed, timeout, progress. */
void describe_gate(struct record *record, const struct gate *gate);

#endif
