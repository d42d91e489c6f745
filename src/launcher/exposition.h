/*
 * The counters as Prometheus reads them (its text format, version 0.0.4, which the textfile
 * collector of its node exporter takes). Cold.
 */
#ifndef LAUNCHER_EXPOSITION_H
#define LAUNCHER_EXPOSITION_H

#include "launcher/totals.h"

/* Print all to stdout. Errors are left to ferror(stdout). */
void exposition_print(const struct totals *totals);

#endif
