/*
 * The counters in the text format of Prometheus, version 0.0.4, for the textfile collector of its node
 * exporter. Cold.
 */
#ifndef LAUNCHER_REPORT_EXPOSITION_H
#define LAUNCHER_REPORT_EXPOSITION_H

#include "launcher/report/totals.h"

/* Print all counters to stdout. The caller checks ferror(stdout). */
void exposition_print(const struct totals *totals);

#endif
