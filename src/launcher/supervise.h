/*
 * --fail and --summary: COMMAND as a child, and its end as this process's own. Cold.
 */
#ifndef LAUNCHER_SUPERVISE_H
#define LAUNCHER_SUPERVISE_H

#include <stdbool.h>

/*
 * Execute COMMAND in a child of the same process group, hand it the signals that come to this
 * process alone, stop and continue with it, and end as it does: with its status; by the signal
 * that killed it; or, where `fails`, with 124 where it ended with 0 although a wait timed out in it or
 * in what it started. at_end, unless NULL, is called when COMMAND has ended. Dies (125) where there is no child, or no file for it to tell of timeouts by.
 */
_Noreturn void supervise(char *const command[], bool fails, void (*at_end)(void));

/* Make an empty file for the library to write to (log/report.c, log/summary.c), in the first of
 * $XDG_RUNTIME_DIR, $TMPDIR and /tmp that takes it. *path is its name, from malloc. Returns its
 * descriptor; dies (125), and names the option, where there is none. */
int supervise_open_file(const char *option, char **path);

#endif
