/*
 * --systemd-drop-in: the settings for a service that systemd starts. Cold.
 */
#ifndef LAUNCHER_REPORT_SYSTEMD_H
#define LAUNCHER_REPORT_SYSTEMD_H

/* Print to stdout a drop-in for a service, which sets the variables that settings.h has set in this
 * process. The caller checks ferror(stdout). */
void systemd_print_drop_in(void);

#endif
