/*
 * What the tests of streams share: a stream on a socket, and a thread that is interrupted.
 */
#ifndef BEHAVIOUR_STREAM_H
#define BEHAVIOUR_STREAM_H

#include "harness/harness.h"

#include <wchar.h>

/* A connected socket as a stream of that mode; the other end is *peer. */
FILE *stream_open(const char *mode, int *peer);
/* The same for a family: AF_INET, or AF_UNIX. */
FILE *stream_open_on(int family, const char *mode, int *peer);

/* One to write on, behind which there is no room any more. */
FILE *stream_stuffed(int *peer);

/* The call that began at started ended by the timeout: an error, ETIMEDOUT, not early, not much
 * too late. To be called right after it, in MODE_SHORT. */
#define ck_stream_timed_out(stream, started)                                                   \
	do {                                                                                   \
		const int stream_errno = errno;                                                \
		const double stream_ms = now_ms() - (started);                                 \
		ck_assert_msg(stream_errno == ETIMEDOUT, "errno is %s",                        \
			      strerror(stream_errno));                                         \
		ck_assert_int_ne(ferror(stream), 0);                                           \
		ck_assert_int_eq(feof(stream), 0);                                             \
		ck_assert_double_ge(stream_ms, (double)SHORT_MS);                              \
		ck_took_in_time(stream_ms, (double)SHORT_MS);                                  \
	} while (0)

/* Install a handler of SIGUSR1 that does nothing, with these sa_flags. */
void stream_handler(int flags);
/* The number of times that it has run, in this process and its children. */
int stream_handled(void);

/* Stop this process' child pid and let it go on, when it waits. */
void stop_and_continue(pid_t pid);

/* All of length bytes to or from fd. */
void send_whole(int fd, const void *data, size_t length);
void receive_whole(int fd, void *data, size_t length);

#endif
