/*
 * Lines that the library writes to standard error. Owns what descriptor 2 was at the start: a daemon
 * closes descriptor 2, and the number comes back as another file or as a socket. Only the file of the
 * start is written to, and never a socket.
 *
 * Cold. Async-signal-safe; errno is unchanged.
 */
#ifndef SHIM_CONFIG_STANDARD_ERROR_H
#define SHIM_CONFIG_STANDARD_ERROR_H

#include <stdbool.h>

#include "base/text.h"

/* Remember the file that descriptor 2 is. Called while the settings are read, when something may have
 * to be written later. Returns false where descriptor 2 is closed or a socket (a client of inetd). 1
 * system call. */
bool standard_error_start(void);

/* Write the line, with its newline. Returns 0; -EBADF where descriptor 2 is not the file of the start;
 * or an error of kernel_write_line. */
int standard_error_write(const struct text *line);

/* Write "socktimeout: MESSAGE" and a newline. A message of more than 480 bytes is cut. */
void standard_error_complain(const char *message);

#endif
