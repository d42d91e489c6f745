/*
 * --constants: prints the names and values of constants. Cold.
 */
#ifndef LAUNCHER_REPORT_LIST_H
#define LAUNCHER_REPORT_LIST_H

#include <stdbool.h>

/* Print `NAME VALUE` to stdout for each constant whose name begins with prefix (NULL: each), in the
 * order of the lists. Returns whether a constant was printed. The caller checks ferror(stdout). */
bool list_constants(const char *prefix);

#endif
