/*
 * --systemd-drop-in: the settings for a service that systemd starts. Cold.
 */
#ifndef LAUNCHER_SYSTEMD_H
#define LAUNCHER_SYSTEMD_H

/* Print to stdout a drop-in for a service, which sets in the service's environment what was set in
 * this process's (settings.h). Errors are left to ferror(stdout). */
void systemd_print_drop_in(void);

#endif
