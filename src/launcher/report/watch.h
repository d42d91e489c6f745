/*
 * --stats with --watch: shows the counters as a table, once a second. Cold.
 */
#ifndef LAUNCHER_REPORT_WATCH_H
#define LAUNCHER_REPORT_WATCH_H

/* Runs until a signal kills the process, or stdout cannot be written to (125). */
_Noreturn void watch(const char *directory);

#endif
