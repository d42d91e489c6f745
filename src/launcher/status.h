/*
 * The launcher's own exit statuses, the same as of timeout(1) and env(1), and its last message. Cold.
 */
#ifndef LAUNCHER_STATUS_H
#define LAUNCHER_STATUS_H

enum {
	STATUS_TIMED_OUT = 124, /* --fail: a wait timed out, and the command ended with 0 */
	STATUS_REFUSED = 125,   /* the launcher itself failed, or was used wrongly */
	STATUS_NOT_EXECUTABLE = 126, /* COMMAND was found and cannot be executed */
	STATUS_NOT_FOUND = 127       /* COMMAND was not found */
};

/* Print the line `socktimeout: TEXT` to stderr, and exit with status. */
_Noreturn void die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
