/*
 * The timers (SO_RCVTIMEO, SO_SNDTIMEO) of the sockets of a test, as the kernel has them.
 */
#ifndef BEHAVIOUR_TIMERS_H
#define BEHAVIOUR_TIMERS_H

#include "harness/blocking.h"

/* fd, where it is a socket, has timers of these milliseconds. */
void ck_timers(const char *name, int fd, long receive_ms, long send_ms);
/* No socket of this process has a timer. */
void ck_no_timers(const char *name);
void set_timer(int fd, int option, long milliseconds);
/* The program's own timer is shown, obeyed and kept. */
void ck_obeyed(struct scene *scene, long milliseconds);

#endif
