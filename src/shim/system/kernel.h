/*
 * The library's own system calls. They pass no wrapper, neither of this library nor of another one.
 * No function is a cancellation point. Each returns the value that is described, or -Exxx, and leaves
 * errno unchanged. Async-signal-safe. Cold.
 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>

/* The file status flags of fd, O_NONBLOCK among them (fcntl(2), F_GETFL). */
int kernel_flags(int fd);
/* An int-sized option of level SOL_SOCKET. */
int kernel_socket_option(int fd, int option, int *value);
/* SO_RCVTIMEO or SO_SNDTIMEO. */
int kernel_get_timeout(int fd, int option, struct timeval *timeout);
int kernel_set_timeout(int fd, int option, const struct timeval *timeout);
/* The local address, getsockname(2); or the peer's address, getpeername(2). */
int kernel_address(int fd, bool peer, struct sockaddr_storage *address, socklen_t *length);
/* TCP_INFO (tcp(7)). */
struct tcp_info;
int kernel_tcp(int fd, struct tcp_info *information);
/* fd is a terminal, as isatty(3) tests it. */
bool kernel_is_terminal(int fd);
/* The number of bytes that can be read, FIONREAD. */
int kernel_readable(int fd);
/* The read position is at the urgent mark, SIOCATMARK; false where the protocol has no mark. */
bool kernel_at_mark(int fd);
/* Less than SO_SNDBUF is in use by what was sent and not received, SIOCOUTQ. */
bool kernel_has_room(int fd);
/* fd is a socket that listens. */
bool kernel_is_listening(int fd);
/* connect(2) to AF_UNSPEC, which abandons a connect in progress. */
int kernel_disconnect(int fd);
/* kernel_disconnect, then clear SO_ERROR (net/ipv4/tcp.c: tcp_disconnect sets ECONNRESET): the socket
 * has the state that it has after the kernel's own ETIMEDOUT. */
void kernel_abandon(int fd);
int kernel_socket(int family, int type);
int kernel_connect(int fd, const struct sockaddr *address, socklen_t length);
ssize_t kernel_send(int fd, const void *buffer, size_t length, int flags);
int kernel_open_append(const char *path);
int kernel_open_read(const char *path);
/* Open a file of directory to read and write. Fails for a symbolic link. A missing file is created with
 * mode, unless mode is 0. Does not wait for the other end of a FIFO. */
int kernel_open_in(int directory, const char *name, mode_t mode);
/* The next entries of directory, in the format of getdents64(2). Returns the number of bytes, 0 at the
 * end. */
ssize_t kernel_list(int directory, void *buffer, size_t size);
ssize_t kernel_read(int fd, void *buffer, size_t length);
/* Read from the start of the file. The file offset does not matter, and does not change. */
ssize_t kernel_read_start(int fd, void *buffer, size_t length);
/* The file offset. */
int64_t kernel_position(int fd);
/* Set the length of a file; write to the start of a file. Return 0. The program gets no SIGXFSZ. */
int kernel_set_length(int fd, off_t length);
int kernel_write_start(int fd, const void *data, size_t length);
/* Take an exclusive lock on the whole file until fd is closed (F_OFD_SETLK). -EAGAIN: the file is
 * locked already. */
int kernel_lock(int fd);
/* Map a file, shared and writable: at place, in place of the mapping there; NULL: at any address.
 * Returns 0. */
int kernel_map(int fd, size_t length, void *place, void **mapping);
void kernel_unmap(void *mapping, size_t length);
/*
 * Change a 32-bit word atomically, for all processes that map the word. The kernel makes the change
 * (futex(2), FUTEX_WAKE_OP): where the mapped file was cut short, the result is -EFAULT, while an
 * access by the program would raise SIGBUS. 1 system call.
 */
int kernel_add(uint32_t *word, int summand); /* -2048 … 2047 */
int kernel_clear_highest(uint32_t *word);    /* clears bit 31 */
/* Write a line. Does not wait: -EAGAIN where fd cannot take data now. The signals that a write may
 * raise (SIGPIPE, SIGXFSZ, SIGTTOU) do not reach the program. -ENOSPC: a part was written. */
int kernel_write_line(int fd, const void *line, size_t length);
/* The kernel can read 8 bytes at address. */
bool kernel_can_read(const void *address);
/* The kernel can write the word. The word keeps its value. */
bool kernel_can_write(uint32_t *word);
/* Send the signal to this thread. */
void kernel_raise(int number);
/* sched_yield(2). */
void kernel_yield(void);
/* This process has a thread with that id. */
bool kernel_thread_exists(int thread);
/* shutdown(2) of both directions. */
int kernel_shut_down(int fd);
/* Up to size random bytes, without waiting for entropy. Returns the number of bytes. */
ssize_t kernel_random(void *bytes, size_t size);
void kernel_close(int fd);
int kernel_status(int fd, struct stat *status);
/* Copy size bytes of this process's memory. False where a part of the memory is not mapped. */
bool kernel_peek(void *copy, const void *from, size_t size);
/* stat(2) and openat(2). kernel_link is readlinkat(2) of an O_PATH descriptor of a symbolic link: the
 * target is not NUL-terminated, and its length is returned. */
int kernel_status_at(const char *path, struct stat *status);
int kernel_open_at(int directory, const char *name, int flags);
ssize_t kernel_link(int fd, char *target, size_t size);
/* The target of the symbolic link at path, as kernel_link. */
ssize_t kernel_link_at(const char *path, char *target, size_t size);
/* size bytes of anonymous, private, zeroed memory; NULL: no memory. */
void *kernel_allocate(size_t size);
void kernel_free(void *memory, size_t size);
/* Block all signals in this thread; restore the mask. */
void kernel_block_signals(uint64_t *before);
void kernel_restore_signals(const uint64_t *before);
/* An int-sized option of any level. */
int kernel_get_option(int fd, int level, int option, int *value);
int kernel_set_option(int fd, int level, int option, int value);
int kernel_process(void);
int kernel_thread(void);
/* geteuid(2). */
uid_t kernel_user(void);

#endif
