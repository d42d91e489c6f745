/*
 * A stdio stream on a socket: a FILE that fopencookie(3) makes and whose functions call the
 * library's own read, write and close. So libc's stdio needs no wrappers: the deadline, the signals,
 * the faults and the log of each transfer are those of read and write.
 *
 * The cookie is the native stream: the FILE that libc's fdopen made for the same descriptor, or
 * libc's own standard stream. The native stream transfers nothing. The native stream holds the
 * number of the descriptor and lends the stream its wide data, so that freopen(3) and fwide(3) work
 * (fopencookie makes a FILE without wide data).
 *
 * A stream that becomes wide-oriented gets the functions of the wide data (libio/iofwide.c), which
 * are libc's own: such a stream is not bounded.
 *
 * musl's fopencookie makes a FILE without a descriptor (fileno fails), and its FILE is not public: with
 * musl the streams are libc's own.
 *
 * Owns: the functions behind the cookie, and the native streams that fdopen made. Cold. Not
 * async-signal-safe, as nothing in stdio is.
 */
#ifndef SHIM_STDIO_STREAM_H
#define SHIM_STDIO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

/* Flags of a FILE, part of glibc's ABI as the fields are (libio/libio.h). */
#define STREAM_USER_BUFFER   0x0001 /* libc does not free the buffer */
#define STREAM_UNBUFFERED    0x0002
#define STREAM_NO_READS      0x0004
#define STREAM_NO_WRITES     0x0008
#define STREAM_IN_BACKUP     0x0100 /* characters were pushed back */
#define STREAM_LINE_BUFFERED 0x0200
#define STREAM_USER_LOCKED   0x8000 /* __fsetlocking(3): the program locks the stream itself */

/* Streams on sockets are to be bounded, or what they read and write is to be logged (log level
 * `call`). Otherwise streams are libc's own. Cheap. */
bool stream_wanted(void);

/* fd is a socket; *status is what fstat(2) tells then. At most one system call. errno is unchanged. */
bool stream_is_for_socket(int fd, struct stat *status);

/* The library's fdopen. The stream is libc's where no streams are wanted, where fd is no socket, where
 * mode has a ccs=, and where memory is short; otherwise the stream is bounded. NULL and errno as libc's
 * fdopen. */
FILE *stream_open(int fd, const char *mode);

/* fileno(3), also of the streams that stream_open made. Only where libc is not glibc. */
int stream_descriptor(FILE *stream);

/*
 * Make a stream for the descriptor that `native` is open on, with the direction and the kind of
 * buffer that native has. Nothing must have been transferred through native, and native must not be
 * used while the stream is open. status is of the descriptor. fclose calls closes(native), which
 * must call stream_close_descriptor, and may free native. NULL where memory is short.
 * errno is unchanged on success.
 */
FILE *stream_make(FILE *native, const struct stat *status, cookie_close_function_t *closes);

/* Close the descriptor of native with the library's close; native is open on no descriptor then.
 * 0, or -1 with errno. errno is unchanged on success. No cancellation point. */
int stream_close_descriptor(FILE *native);

/* Write length bytes to fd with the library's write. Returns the number of bytes that were written;
 * where that is less than length, errno is the error. errno is unchanged on success. repeats: a write
 * that a handler has interrupted is repeated. */
size_t stream_send(int fd, const char *data, size_t length, bool repeats);

#endif
