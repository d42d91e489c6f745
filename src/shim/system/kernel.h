/*
 * What the library asks the kernel for itself, past all wrappers (ours and other libraries'):
 * no cancellation points, async-signal-safe. All return what they say or -Exxx and leave errno
 * alone. Cold.
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
/* The address of this end or of the other: getsockname(2), getpeername(2). */
int kernel_address(int fd, bool peer, struct sockaddr_storage *address, socklen_t *length);
/* TCP_INFO (tcp(7)). */
struct tcp_info;
int kernel_tcp(int fd, struct tcp_info *information);
/* What isatty(3) says. */
bool kernel_is_terminal(int fd);
/* Bytes to be read, FIONREAD. */
int kernel_readable(int fd);
/* The read position is at the urgent mark, SIOCATMARK; false where there is no such thing. */
bool kernel_at_mark(int fd);
/* connect(2) to AF_UNSPEC, which abandons a connect in progress. */
int kernel_disconnect(int fd);
/* The same, and what it leaves in SO_ERROR is taken away: the socket is as after the kernel's own
 * ETIMEDOUT (net/ipv4/tcp.c: tcp_disconnect sets ECONNRESET). */
void kernel_abandon(int fd);
int kernel_socket(int family, int type);
int kernel_connect(int fd, const struct sockaddr *address, socklen_t length);
ssize_t kernel_send(int fd, const void *buffer, size_t length, int flags);
int kernel_open_append(const char *path);
int kernel_open_read(const char *path);
/* A file of directory to read and write, that is no symbolic link; made with mode where it is
 * missing, unless mode is 0. Never waits for the other end of a FIFO. */
int kernel_open_in(int directory, const char *name, mode_t mode);
/* The next entries of directory, as getdents64(2) gives them; 0 at the end. */
ssize_t kernel_list(int directory, void *buffer, size_t size);
ssize_t kernel_read(int fd, void *buffer, size_t length);
/* What a file begins with, wherever it is read at. */
ssize_t kernel_read_start(int fd, void *buffer, size_t length);
/* Where fd is read or written next. */
int64_t kernel_position(int fd);
/* Make a file length bytes long, and write to its beginning: 0, and no SIGXFSZ. */
int kernel_set_length(int fd, off_t length);
int kernel_write_start(int fd, const void *data, size_t length);
/* Lock the whole file for as long as fd is open, against all others (F_OFD_SETLK); -EAGAIN. */
int kernel_lock(int fd);
/* Map a file to read and write it in common with others: at place, instead of what is there, or
 * with NULL anywhere. Returns 0. */
int kernel_map(int fd, size_t length, void *place, void **mapping);
void kernel_unmap(void *mapping, size_t length);
/*
 * Change a word of 32 bits in one step, seen by all processes that map it, by the kernel's hand
 * (futex(2), FUTEX_WAKE_OP): where there is nothing behind the address any more (a file that was
 * cut short) the answer is -EFAULT, and not SIGBUS. 1 system call.
 */
int kernel_add(uint32_t *word, int summand); /* -2048 … 2047 */
int kernel_clear_highest(uint32_t *word);    /* takes bit 31 away */
/* Write a line where somebody may read it, or not at all: what cannot take it now is not waited
 * for, and the signals that a write may raise (of a pipe without a reader, of a file that has become
 * too large, of a terminal in the background) do not reach the program. -ENOSPC: a part only. */
int kernel_write_line(int fd, const void *line, size_t length);
/* A system call would not say EFAULT to the 8 bytes at address, which it reads. */
bool kernel_can_read(const void *address);
/* … to the word at address, which it writes; now it is left as it is. */
bool kernel_can_write(uint32_t *word);
/* The signal comes to this thread. */
void kernel_raise(int number);
/* sched_yield(2). */
void kernel_yield(void);
/* A thread of this process has that id. */
bool kernel_thread_exists(int thread);
/* shutdown(2) of both directions. */
int kernel_shut_down(int fd);
/* Up to size random bytes that do not have to be waited for; the number. */
ssize_t kernel_random(void *bytes, size_t size);
void kernel_close(int fd);
int kernel_status(int fd, struct stat *status);
/* Copy size bytes of this process' own memory, which may not be there: false then. */
bool kernel_peek(void *copy, const void *from, size_t size);
/* stat(2), openat(2) and readlinkat(2) of the file itself (an O_PATH descriptor of a link); the
 * target is not NUL-terminated, its length is returned. */
int kernel_status_at(const char *path, struct stat *status);
int kernel_open_at(int directory, const char *name, int flags);
ssize_t kernel_link(int fd, char *target, size_t size);
/* What a link in the file system leads to; as above. */
ssize_t kernel_link_at(const char *path, char *target, size_t size);
/* Anonymous, private memory of that many zeros; NULL where there is none. */
void *kernel_allocate(size_t size);
void kernel_free(void *memory, size_t size);
/* Block all signals of this thread that can be, and put the mask back. */
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
