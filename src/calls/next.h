/*
 * The definition of a function that comes after this library's: what dlsym(RTLD_NEXT) finds, found
 * without the dynamic linker's lock and without its memory, so that it can be looked for when it is
 * first needed, in a signal handler too. Cold: once a function.
 */
#ifndef CALLS_NEXT_H
#define CALLS_NEXT_H

#include <stdbool.h>

/*
 * Whether next_find can be relied on in this process: this library stands before libc in the order
 * in which the dynamic linker searches, and all that stands between has a table of symbols that is
 * known here (DT_GNU_HASH). Async-signal-safe; leaves errno alone.
 */
bool next_known(void);

/*
 * The first definition of name after this library's, up to libc's; NULL where there is none or it
 * is one that only dlsym(3) can make an address of (STT_GNU_IFUNC). *is_libc: whether it is libc's.
 * Only where next_known. Async-signal-safe; leaves errno alone.
 */
void *next_find(const char *name, bool *is_libc);

#endif
