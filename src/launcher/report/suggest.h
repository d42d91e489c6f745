/*
 * --suggest: a policy made of the counters. Cold.
 */
#ifndef LAUNCHER_REPORT_SUGGEST_H
#define LAUNCHER_REPORT_SUGGEST_H

#include "launcher/report/totals.h"

/* How many times the longest wait a timeout is, unless --factor says otherwise. */
#define SUGGEST_FACTOR 10

/* Parse the value of --factor: a whole number of 2 to 1000. Dies (125). */
unsigned int suggest_factor(const char *text);

/* Print a policy file: for each program, operation and destination port a rule with a timeout of factor
 * times the longest wait, and as comments what the rule rests on. directory is named in a comment. */
void suggest_print(const struct totals *totals, const char *directory, unsigned int factor);

#endif
