/*
 * The engine: one call in flight is one value, a struct io. A wrapper tries a ready call at once. In
 * every other case the wrapper fills in a struct io and calls io_slow:
 *
 *     wrap_recv ── ready ──> recv(…, MSG_DONTWAIT)
 *         │
 *         └─ io_slow: pending error, hook before, io->run, hook after
 *                         │
 *                         └─ io_receive: try ── io_wait: bounded? poll(2) to the deadline ── try …
 *
 * Cold, but for the inline functions. Async-signal-safe.
 */
#ifndef SHIM_IO_IO_H
#define SHIM_IO_IO_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "calls/calls.h"
#include "policy/operation.h"
#include "policy/rule/rule.h"
#include "shim/config/rules.h"
#include "shim/fd/fd.h"
#include "shim/log/traced.h"

/* Tries in a row that poll(2) called ready and that would have blocked: after so many, poll(2) is not
 * asked any more, and the tries are 1, 2, 4 … 20 ms apart. */
#define IO_MAX_SPURIOUS_WAKEUPS 8

/* One call in flight. A wrapper sets the first group; the rest begins as zeros. */
struct io {
	enum call call;
	enum operation operation;
	int fd;
	int flags;      /* MSG_… of the call, or 0 */
	uint64_t state; /* of fd, read at entry */
	/* The call itself: with MSG_DONTWAIT in extra a try, with 0 as the program made the call.
	 * Returns what the real function returns, and sets errno. */
	ssize_t (*make)(struct io *io, int extra);
	/* The same of one message, for recvmmsg(2) and sendmmsg(2). */
	ssize_t (*make_one)(struct io *io, int extra);
	/* The whole of the call between the hooks: io_receive, io_send, … */
	ssize_t (*run)(struct io *io);
	struct iovec one;               /* the data of a call with one buffer */
	const struct iovec *vector;     /* the data of a call with several, or NULL */
	size_t count;                   /* of the elements of vector */
	struct msghdr *message;         /* of recvmsg(2) and sendmsg(2), or NULL */
	size_t control_length;          /* its msg_controllen at entry, with MSG_WAITALL */
	const struct sockaddr *address; /* that the call names, or NULL; may be a bad pointer */
	socklen_t address_length;
	bool tried;      /* a try was made, and gave result and, where negative, EAGAIN */
	ssize_t result;  /* … */
	int saved_errno; /* errno at entry: a call that succeeds leaves errno unchanged */
	unsigned int argument_count;
	uintptr_t arguments[TRACED_ARGUMENTS]; /* all, for the log */

	/* The hook before the call sets these. */
	bool limited; /* move no more than limit bytes: a short count */
	size_t limit;
	int64_t begun; /* when a delayed call began (CLOCK_MONOTONIC, nanoseconds); 0: now */
	int64_t entered_at; /* the same of a call that is hooked; else 0 */
	struct {
		unsigned int actions; /* RULE_… that are left for the hook after the call */
		int error;
		int64_t delay;
		uint64_t rate; /* bytes a second */
		size_t rule;   /* the index of the rule */
		bool shared;   /* the rate is the rule's, not the descriptor's */
		bool again;    /* the rules are asked again: a datagram was discarded */
		bool counted;  /* the bytes that move are counted */
	} fault;

	/* The engine's own. */
	bool entered; /* io_enter was called */
	bool native;  /* … and said IO_NATIVE */
	bool final;   /* the real call was made: its result is the call's */
	bool timed; /* O_NONBLOCK shows after the real call (io_retry_timed): do not ask before */
	bool keep_waiting; /* a part was sent: wait for the rest even where no timeout applies */
	bool own;        /* the deadline is the program's own timer (with keep_waiting only) */
	bool capped;     /* the program's own timer is longer than an enforced timeout */
	bool urgent;     /* urgent data ends the wait too */
	bool quiet;      /* later tries send no SIGPIPE: see io_send */
	bool uncounted;  /* for `when` of rules: the call was counted already */
	bool late_reply; /* the timeout is that of `reply` */
	bool reported;   /* the timeout was reported */
	short revents;   /* of the last poll(2) */
	unsigned int spurious_wakeups;
	int64_t timeout;          /* nanoseconds; DURATION_NONE: none */
	struct rule_origin rule;  /* that sets the timeout; line 0: none */
	struct rules_limit reply; /* of a receive: how long an answer may be owed */
	int64_t reply_look;       /* when to look whether the answer is owed for so long */
	int64_t started, deadline;
	int64_t timer_slice; /* the longest kernel timer in nanoseconds; 0: the whole time left */
	int64_t waiting_since; /* for stats_end; 0: waits are not counted */
	uint64_t progress;     /* bytes or messages that were moved */
};

/* The initializer's head of a struct io. */
#define IO_CALL(function, op, descriptor, its_state)                                           \
	.call = CALL_##function, .operation = OPERATION_##op, .fd = (descriptor),              \
	.state = (its_state)
/* … and its arguments, each as an ARGUMENT. */
#define IO_ARGUMENTS(...)                                                                      \
	.argument_count = COUNT_OF(ARGUMENTS(__VA_ARGS__)), .arguments = {__VA_ARGS__}

/* The errors of a try that would have blocked. EINPROGRESS is the answer of a send that has to
 * connect first (TCP Fast Open; net/ipv4/tcp.c: tcp_sendmsg_fastopen). */
static inline bool io_would_block(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINPROGRESS;
}

/* The errors by which the kernel or a filter (seccomp(2)) refuses recvfrom(2) in place of read(2) and
 * the like: the real call answers. */
static inline bool io_refused(int error)
{
	return error == ENOTSOCK || error == EPERM || error == ENOSYS;
}

/* A socket call failed, and may have waited. If the number was closed since the call began and means another file,
 * errno becomes EBADF. */
static inline void io_check_number(const struct io *io)
{
	if (errno == ENOTSOCK && fd_was_closed(io->fd, io->state))
		errno = EBADF;
}

/* Whether the real call is to answer after a socket call that failed. False if the number means another file: the
 * real call would read from this file or write to it. errno may change to EBADF. */
static inline bool io_was_refused(const struct io *io)
{
	io_check_number(io);
	return io_refused(errno);
}

/* The kernel or a filter refused recv(2) or send(2) in place of read(2) or write(2) with that error (0:
 * nothing was refused), and the real call gave n. If the real call did better, the number is native
 * from now on. Returns n. */
ssize_t io_after_refusal(const struct io *io, int error, ssize_t n);

/* The call in every case but the ready one. Returns what the wrapper returns, with errno set where
 * that is negative, unchanged elsewhere. */
COLD ssize_t io_slow(struct io *io);

/* Called before and after a call on a descriptor with FD_HOOKED; NULL: none. The hook before may
 * answer the call: false, with errno set, and the call fails without being made. The hook after
 * gets the result and errno, and returns the result that the program sees, with errno set. */
extern _Atomic(bool (*)(struct io *io)) io_before;
extern _Atomic(ssize_t (*)(struct io *io, ssize_t result)) io_after;

/* The values of io->run. */
ssize_t io_receive(struct io *io);
ssize_t io_send(struct io *io);

ssize_t io_receive_batch(struct io *io); /* of a struct io_batch (io/batch.h) */
ssize_t io_send_batch(struct io *io);
ssize_t io_connect(struct io *io);
ssize_t io_accept(struct io *io);
ssize_t io_sendfile(struct io *io); /* of a struct io_sendfile (io/sendfile.h) */
ssize_t io_splice(struct io *io);   /* of a struct io_splice */

/* Call only the real function: no socket, or non-blocking. */
static inline bool io_is_native(const struct io *io)
{
	return (io->state & FD_SOCKET) == 0 || fd_is_nonblocking(io->state);
}

/* The data of the call: the vector and the number of its elements. The kernel has accepted the
 * vector before. */
const struct iovec *io_vector(const struct io *io, size_t *count);
/* The bytes that the call is to move at most. */
size_t io_length(const struct io *io);
/* The length of io->one, or the limit of the hook. */
static inline size_t io_one_length(const struct io *io)
{
	return io->limited && io->limit < io->one.iov_len ? io->limit : io->one.iov_len;
}

enum io_verdict {
	IO_READY = 0, /* poll(2) says ready: try */
	IO_NATIVE /* the program bounds the call, or no timeout applies: make the real call */
};

/* Does a timeout apply? now: clock_now(). IO_READY: yes, and the deadline is set. IO_NATIVE. Or -EAGAIN: the descriptor
 * is non-blocking. At most 2 system calls. errno is unchanged. */
int io_enter(struct io *io, int64_t now);

/* The questions of io_enter that the wait asks again. errno is unchanged. */
enum fd_direction io_direction(const struct io *io);
/* The call is a receive on a number whose last receive had to wait: poll(2) comes before the try. */
bool io_polls_first(const struct io *io);
/* IO_READY for a blocking descriptor, -EAGAIN for a non-blocking one, IO_NATIVE for a number that is not
 * open. 1 system call. */
int io_ask_nonblock(const struct io *io);

/* An answer was owed for the whole timeout of `reply`: io_expired reports that timeout. Asks the kernel where
 * it is time for that. */
bool io_reply_is_late(struct io *io, int64_t now);

/* Enter if that was not done, then wait until a try may succeed. Returns an enum io_verdict, or
 * -EAGAIN (non-blocking; or the program's own timer has run out), -EINTR (a handler without SA_RESTART
 * ran), -ETIMEDOUT (reported), -EBADF (the number was opened anew). errno is unchanged. */
int io_wait(struct io *io);

/* Wait and try until a try does not block, or make the real call. As io_slow, but for errno after a
 * success. */
ssize_t io_retry(struct io *io);

/* The same for a call that cannot be tried: the real call, with a kernel timer (SO_RCVTIMEO or
 * SO_SNDTIMEO) that is armed for this one call. io_enter must have said IO_READY. */
ssize_t io_retry_timed(struct io *io, enum fd_direction direction);

/* A handler ran since the last look, after which the native call would have ended. */
bool io_interrupted(struct io *io);
/* The deadline has come: reports the timeout, once. Returns -ETIMEDOUT; -EAGAIN for the program's own
 * timer. */
int io_expired(struct io *io);
/* The wait is over, with that errno or 0: for the counters. */
void io_leave(struct io *io, int error);
/* An AF_UNIX socket that is gone reports the error to the call that waits, without SIGPIPE
 * (net/core/sock.c: sock_alloc_send_pskb); a new call would get EPIPE and the signal. Returns that
 * errno after poll(2), or 0 where the call is to be tried. */
int io_error_after_wait(const struct io *io);
/* A try after poll(2) gave errno EAGAIN because the socket was shut down: a datagram socket then gives 0
 * to the real call, which does not wait any more (net/core/datagram.c: __skb_wait_for_more_packets). */
bool io_is_shut_down(const struct io *io);
/* fd is an AF_UNIX socket. 1 system call. */
bool io_is_unix(int fd);

#endif
