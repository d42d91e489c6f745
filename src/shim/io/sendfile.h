/*
 * sendfile and splice as values. Cold.
 */
#ifndef SHIM_IO_SENDFILE_H
#define SHIM_IO_SENDFILE_H

#include "shim/io/io.h"

/* io.run is io_sendfile; io.fd is the descriptor that is sent to. */
struct io_sendfile {
	struct io io;
	int in;
	void *offset; /* off_t of sendfile, off64_t of sendfile64; or NULL */
	size_t length;
};

/* io.run is io_splice; io.fd is the one of in and out that is a socket. */
struct io_splice {
	struct io io;
	int in, out;
	off64_t *in_offset, *out_offset;
	size_t length;
	unsigned int flags; /* SPLICE_F_… */
};

#endif
