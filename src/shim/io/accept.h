/*
 * accept and accept4 as a value. Cold.
 */
#ifndef SHIM_IO_ACCEPT_H
#define SHIM_IO_ACCEPT_H

#include "shim/io/io.h"

/* io.run is io_accept. */
struct io_accept {
	struct io io;
	struct sockaddr *address; /* where the peer's address goes, or NULL */
	socklen_t *length;
	int flags; /* SOCK_… of accept4 */
};

#endif
