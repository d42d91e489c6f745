/*
 * The records of `socktimeout --summary` (stats/summary.h): each wait, timeout and fault is one line of
 * the file of SOCKTIMEOUT_SUMMARY. Cold; async-signal-safe; errno is unchanged. No descriptor is kept:
 * about 5 system calls a record.
 */
#ifndef SHIM_LOG_SUMMARY_H
#define SHIM_LOG_SUMMARY_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/text.h"
#include "policy/operation.h"
#include "stats/summary.h"

/* The other side: an address that the call names, else the peer of fd, else a name. */
struct summary_peer {
	int fd;                         /* -1: none */
	const struct sockaddr *address; /* or NULL; may be a bad pointer */
	socklen_t length;
	const struct text *name; /* of a lookup, or NULL */
};

/* Append a record, where SOCKTIMEOUT_SUMMARY is set; elapsed in nanoseconds. */
void summary_note(enum summary_event event, enum operation operation,
		  const struct summary_peer *peer, int64_t elapsed);

#endif
