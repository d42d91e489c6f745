/*
 * The constants' names and values for people: --constants. Cold.
 */
#ifndef LAUNCHER_LIST_H
#define LAUNCHER_LIST_H

#include <stdbool.h>

/* Print to stdout `NAME VALUE` for each constant whose name begins with prefix (NULL: each), in
 * the order of the lists. Returns whether there was one. Errors are left to ferror(stdout). */
bool list_constants(const char *prefix);

#endif
