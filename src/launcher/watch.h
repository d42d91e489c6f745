/*
 * The counters as a table for a person, that is shown anew each second: --stats with --watch. Cold.
 */
#ifndef LAUNCHER_WATCH_H
#define LAUNCHER_WATCH_H

/* Until a signal comes, or stdout cannot be written to (125). */
_Noreturn void watch(const char *directory);

#endif
