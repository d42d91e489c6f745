/*
 * Opens a policy file that only its owner and root can change: neither the contents, nor which file
 * the path leads to. Owns two static buffers, so only one thread may be in here at a time, with
 * signals blocked.
 *
 * Cold. Async-signal-safe; errno is unchanged; no memory.
 */
#ifndef SHIM_TRUSTED_H
#define SHIM_TRUSTED_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Open the regular file at an absolute path for reading. The file, every directory and every symbolic
 * link on the way must belong to root or to this user; with privileged (the process has more rights
 * than its caller), to root. Only the owner may have write permission for the file and for the
 * directories; sticky directories may be writable. Does not block on a FIFO or a device.
 *
 * Returns a descriptor with FD_CLOEXEC and *status of the file; or -Exxx with *why, a static text for
 * the user ("others may write it"). -ENOENT: there is no such file.
 */
int trusted_open(const char *path, bool privileged, struct stat *status, const char **why);

#endif
