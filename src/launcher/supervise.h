/*
 * --fail, --summary and bounding from outside: runs COMMAND as a child, and ends as COMMAND ends. Cold.
 */
#ifndef LAUNCHER_SUPERVISE_H
#define LAUNCHER_SUPERVISE_H

#include <stdbool.h>

/*
 * Execute COMMAND in a child of the same process group. Pass on the signals that come to this process
 * alone; stop and continue with the child. Exit with the child's status; die by the signal that killed
 * the child; or, with fail, exit with 124 where the child ended with 0 although a wait timed out in the
 * child or in a process that the child started. With outside (outside_begin was called), the waits of
 * the child and of its descendants are bounded until the child ends; orphans among them become children
 * of this process. at_end, unless NULL, is called when the child has ended. Dies (125) where no child, or
 * no file for the note of a timeout, can be created.
 */
_Noreturn void supervise(char *const command[], bool fail, bool outside, void (*at_end)(void));

/* Create an empty file to which the library writes (log/report.c, log/summary.c), in the first of
 * $XDG_RUNTIME_DIR, $TMPDIR and /tmp that permits it. *path: its name, from malloc. Returns the
 * descriptor. Dies (125) with the name of the option where no file can be created. */
int supervise_open_file(const char *option, char **path);

#endif
