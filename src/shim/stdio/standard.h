/*
 * Standard input, output and error on sockets. stdin, stdout and stderr are variables (glibc
 * libio/stdio.c); while descriptor 0, 1 or 2 is a socket, the variable of that descriptor points to a
 * bounded stream (shim/stdio/stream.h) in place of libc's static stream.
 *
 * A stream is exchanged only while the stream is untouched: nothing was read, written or pushed back;
 * no orientation, no buffer of the program, no error and no end of file was set. A program that has
 * copied the pointer would go on with the other stream. C++ standard libraries copy the pointers
 * (std::cin, std::cout), so no stream is exchanged where such a library is loaded.
 *
 * Owns: the bounded standard streams. Cold.
 */
#ifndef SHIM_STDIO_STANDARD_H
#define SHIM_STDIO_STANDARD_H

/* Called when the program starts: exchange the stream of each of the three descriptors that is a
 * socket. One system call for each descriptor; none where the library is inactive. errno is
 * unchanged. Not async-signal-safe. */
void standard_start(void);

/*
 * dup2 or one of its kind has given fd another meaning. Exchange the stream where fd is 0, 1 or 2, and
 * the descriptor has become a socket or is none any more. Does nothing in a process with threads, in a
 * child that runs on the memory of its parent (vfork(2)), and in a signal handler: dup2 is
 * async-signal-safe, and an exchange is not. One system call where nothing is exchanged, none for other
 * descriptors. errno is unchanged.
 */
void standard_descriptor_changed(int fd);

#endif
