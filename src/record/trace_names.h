/*
 * Names of constants that are not part of the socket API, as strace(1) shows them. Constant; cold.
 * Async-signal-safe.
 */
#ifndef RECORD_TRACE_NAMES_H
#define RECORD_TRACE_NAMES_H

#include <stdint.h>

#include "base/text.h"

enum names_family {
	NAMES_POLL,   /* flags */
	NAMES_EPOLL,  /* flags */
	NAMES_CTL,    /* EPOLL_CTL_ */
	NAMES_FCNTL,  /* F_ */
	NAMES_OPEN,   /* flags, O_ */
	NAMES_IOCTL,  /* of sockets */
	NAMES_SPLICE, /* flags */
	NAMES_RANGE,  /* flags, CLOSE_RANGE_ */
	NAMES_RTLD,   /* flags */
	NAMES_SIGNAL,
	NAMES_COUNT
};

/* Put the name of value, or the number if value has no name. */
void names_put(struct text *text, enum names_family family, uint64_t value);
/* Put flags as NAME|NAME|0xrest; 0 puts "0". */
void names_put_flags(struct text *text, enum names_family family, uint64_t flags);

#endif
