/*
 * Opens a file that nobody but its owner and root can change: neither the file, nor what is found
 * under its name. Cold. Async-signal-safe; leaves errno alone; allocates nothing, but not to be
 * entered by two at once (its buffers are static: signals and other threads are the caller's
 * matter).
 */
#ifndef SHIM_TRUSTED_H
#define SHIM_TRUSTED_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Open the regular file of that absolute path for reading, if it, every directory and every
 * symbolic link on the way to it belong to root or to this user (to root alone where the process has
 * more rights than its caller), the file can be written by its owner only, and so can the
 * directories, unless they are sticky. Does not block, whatever is there. Returns the descriptor,
 * or -Exxx with *why, a static text about the path ("others may write it"); -ENOENT where there is
 * nothing. *status is that of the file opened.
 */
int trusted_open(const char *path, bool privileged, struct stat *status, const char **why);

#endif
