/*
 * Asks the kernel what a descriptor is and when something last happened on it. Cold.
 *
 * TCP knows that by itself. Of other sockets only what this program does with them can be known:
 * HINT_QUIET is set when a wait has found nothing, and taken off by every call that moves data, so
 * where it still stands nothing has happened since it was set.
 */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/single_threaded.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/fd/hint.h"
#include "shim/fd/hold.h"
#include "shim/wait/judge.h"
#include "shim/system/kernel.h"

/* The address at this end or the other is more than its family. */
static bool has_name(int fd, bool peer)
{
	struct sockaddr_storage address;
	socklen_t length;

	return kernel_address(fd, peer, &address, &length) == 0 &&
	       length > offsetof(struct sockaddr_un, sun_path);
}

static bool has_peer(int fd)
{
	struct sockaddr_storage address;
	socklen_t length;

	return kernel_address(fd, true, &address, &length) == 0;
}

/* A jiffy at HZ=100. The kernel's times of what last happened are full ticks, and may be one too
 * old (net/ipv4/tcp.c: tcp_get_info). */
#define TICK (10 * NANOSECONDS_PER_MILLISECOND)

/* The silence of a descriptor cannot have begun before: the time HINT_QUIET was set, and that of
 * judge_begin. Only ever a reason to wait longer, so it does not matter whose number it was. */
LARGE _Atomic int64_t judge_quiet_since[HINT_DESCRIPTORS];

void judge_begin(int fd)
{
	if ((unsigned int)fd < HINT_DESCRIPTORS)
		atomic_store_explicit(&judge_quiet_since[fd], clock_now(),
				      memory_order_relaxed);
}

bool judge_stands(const struct judged *descriptor)
{
	return atomic_load_explicit(&judge_quiet_since[descriptor->fd], memory_order_relaxed) <=
	       descriptor->started;
}

void judge_silent(int fd, int64_t this_wait)
{
	const uint32_t hint = hint_get(fd);

	if ((unsigned int)fd >= HINT_DESCRIPTORS || (hint & (HINT_QUIET | HINT_NO_SOCKET)) != 0)
		return;
	hint_learn(fd, hint, HINT_QUIET);
	/* A thread that is alone has done nothing while it waited. */
	if (!__libc_single_threaded)
		this_wait = clock_now();
	if (this_wait > atomic_load_explicit(&judge_quiet_since[fd], memory_order_relaxed))
		atomic_store_explicit(&judge_quiet_since[fd], this_wait, memory_order_relaxed);
}

bool judge_confirms(const struct judged *descriptor, int64_t started)
{
	const int64_t half = descriptor->timeout / 2;

	return descriptor->started <= clock_deadline(started, half < TICK ? half : TICK);
}

static void started_at_least(struct judged *descriptor, int64_t when)
{
	if (when > descriptor->started)
		descriptor->started = when;
}

static void judge_begun(struct judged *descriptor)
{
	if ((unsigned int)descriptor->fd < HINT_DESCRIPTORS)
		started_at_least(descriptor,
				 atomic_load_explicit(&judge_quiet_since[descriptor->fd],
						      memory_order_relaxed));
}

/* What the program itself did. */
static void judge_use(struct judged *descriptor)
{
	judge_silent(descriptor->fd, descriptor->this_wait);
	judge_begun(descriptor);
}

static int64_t ago(int64_t now, uint32_t milliseconds)
{
	const int64_t when = now - milliseconds * NANOSECONDS_PER_MILLISECOND + TICK;

	return when < now ? when : now;
}

/* TCP knows when data last came or went. */
static bool judge_tcp(struct judged *descriptor, int64_t now)
{
	struct tcp_info information;

	if (kernel_tcp(descriptor->fd, &information) != 0)
		return false;
	switch (information.tcpi_state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		descriptor->connecting = true;
		return true;
	case TCP_CLOSE:
		/* A connect that a chaos rule has swallowed. */
		descriptor->connecting = hold_connects(descriptor->fd);
		return descriptor->connecting;
	case TCP_LISTEN:
		return false;
	default:
		break;
	}
	/* Alone and in its first wait: what came would have ended it. */
	if (__libc_single_threaded && !descriptor->idle &&
	    descriptor->this_wait <= descriptor->since)
		return true;
	started_at_least(descriptor, ago(now, information.tcpi_last_data_recv));
	/* What is sent again is not new, and counts there as if it were (net/ipv4/tcp_output.c:
	 * __tcp_transmit_skb). */
	if (information.tcpi_retransmits == 0)
		started_at_least(descriptor, ago(now, information.tcpi_last_data_sent));
	else
		judge_use(descriptor);
	return true;
}

static bool judge_socket(struct judged *descriptor, int64_t now)
{
	const int fd = descriptor->fd;
	int listening = 0, family = 0, type = 0, protocol = 0;

	if (kernel_socket_option(fd, SO_ACCEPTCONN, &listening) != 0 || listening != 0 ||
	    kernel_socket_option(fd, SO_DOMAIN, &family) != 0 ||
	    kernel_socket_option(fd, SO_TYPE, &type) != 0)
		return false;
	descriptor->subject.family = family;
	descriptor->subject.type = type;
	descriptor->subject.known = POLICY_ASKS_FAMILY | POLICY_ASKS_TYPE;
	switch (family) {
	case AF_INET:
	case AF_INET6:
		if (type == SOCK_STREAM &&
		    kernel_socket_option(fd, SO_PROTOCOL, &protocol) == 0 &&
		    protocol == IPPROTO_TCP)
			return judge_tcp(descriptor, now);
		break;
	case AF_UNIX:
		/* A program's own channels, to its threads and its children. */
		if (!has_name(fd, false) && !has_name(fd, true))
			return false;
		break;
	case AF_VSOCK:
		break;
	default:
		/* AF_NETLINK, AF_PACKET, …: nobody at the other end owes an answer. */
		return false;
	}
	/* Without a peer it waits for whoever comes, as a listener does. */
	if (!has_peer(fd))
		return false;
	judge_use(descriptor);
	return true;
}

/* The timeout of what is waited for, whose descriptor->operation gets: the shorter where it is
 * both. */
static struct rules_limit limit_followed(struct judged *descriptor)
{
	struct rules_subject *const subject = &descriptor->subject;
	struct rules_limit limit = {.timeout = DURATION_NONE}, send;

	if (descriptor->connecting) {
		descriptor->operation = OPERATION_CONNECT;
		return rules_timeout(subject, OPERATION_CONNECT, POLICY_UNCOUNTED);
	}
	descriptor->operation = OPERATION_RECV;
	if ((descriptor->events & (POLLIN | POLLRDNORM)) != 0)
		limit = rules_timeout(subject, OPERATION_RECV, POLICY_UNCOUNTED);
	if ((descriptor->events & (POLLOUT | POLLWRNORM)) == 0)
		return limit;
	send = rules_timeout(subject, OPERATION_SEND, POLICY_UNCOUNTED);
	if (send.timeout == DURATION_NONE ||
	    (limit.timeout != DURATION_NONE && limit.timeout <= send.timeout))
		return limit;
	descriptor->operation = OPERATION_SEND;
	return send;
}

static struct rules_limit limit_of(struct judged *descriptor)
{
	const struct rules_limit followed = limit_followed(descriptor);
	struct rules_limit limit =
		rules_timeout(&descriptor->subject, OPERATION_WAIT, POLICY_UNCOUNTED);

	if (limit.timeout == TIMEOUT_FOLLOWS) {
		limit.timeout = followed.timeout;
		if (followed.rule.line != 0)
			limit.rule = followed.rule;
	}
	limit.enforced = limit.enforced || followed.enforced;
	return limit;
}

/* What rules said of a connect, whose address the kernel does not show until it is connected:
 * twice the timeout, and 1 where it is enforced, and 1; 0 for nothing. */
LARGE _Atomic int64_t judge_connects[HINT_DESCRIPTORS];
/* … and which of them. Only for the log: two of one connect each. */
LARGE _Atomic(struct rule_origin) judge_connect_rules[HINT_DESCRIPTORS];

void judge_connect(int fd, uint32_t hint, const struct sockaddr *address, socklen_t length)
{
	struct judged descriptor = {
		.fd = fd,
		.connecting = true,
		.subject = {.fd = fd,
			    .hint = hint,
			    .address = address,
			    .address_length = length,
			    .unread = true},
	};
	struct rules_limit limit;

	if ((unsigned int)fd >= HINT_DESCRIPTORS)
		return;
	limit = limit_of(&descriptor);
	if (limit.timeout > INT64_MAX / 4)
		limit.timeout = INT64_MAX / 4;
	atomic_store_explicit(&judge_connect_rules[fd], limit.rule, memory_order_relaxed);
	atomic_store_explicit(&judge_connects[fd], 2 * limit.timeout + (limit.enforced ? 2 : 1),
			      memory_order_relaxed);
}

static bool limit_remembered(const struct judged *descriptor, struct rules_limit *limit)
{
	const int64_t said = descriptor->connecting && rules_any(RULES_BY_ADDRESS)
				     ? atomic_load_explicit(&judge_connects[descriptor->fd],
							    memory_order_relaxed)
				     : 0;

	if (said == 0)
		return false;
	limit->timeout = (said - 1) / 2;
	limit->enforced = said % 2 == 0;
	limit->rule = atomic_load_explicit(&judge_connect_rules[descriptor->fd],
					   memory_order_relaxed);
	return true;
}

/* Whether the socket fails at all in this wait. */
static bool judge_timeout(struct judged *descriptor)
{
	struct rules_limit limit;

	if (descriptor->idle) {
		descriptor->operation = OPERATION_IDLE;
		limit = rules_idle(&descriptor->subject);
	} else if (limit_remembered(descriptor, &limit)) {
		descriptor->operation = OPERATION_CONNECT;
	} else {
		limit = limit_of(descriptor);
	}
	descriptor->timeout = limit.timeout;
	descriptor->rule = limit.rule;
	if (descriptor->idle)
		return !descriptor->connecting && limit.timeout != DURATION_NONE;
	/* The program's own bound is at least as long, and nothing caps it. */
	return limit.timeout != DURATION_NONE &&
	       (limit.enforced || descriptor->own < 0 || descriptor->own < limit.timeout);
}

enum judgement judge(struct judged *descriptor)
{
	const int64_t now = clock_now();
	struct stat status;

	descriptor->subject =
		(struct rules_subject){.fd = descriptor->fd, .hint = hint_get(descriptor->fd)};
	if (kernel_status(descriptor->fd, &status) != 0 ||
	    (descriptor->inode != 0 && descriptor->inode != status.st_ino))
		return JUDGED_ALONE;
	if (!S_ISSOCK(status.st_mode))
		return S_ISCHR(status.st_mode) && kernel_is_terminal(descriptor->fd)
			       ? JUDGED_TERMINAL
			       : JUDGED_ALONE;
	descriptor->inode = status.st_ino;
	descriptor->connecting = false;
	descriptor->started = descriptor->idle ? 0 : descriptor->since;
	judge_begun(descriptor);
	if ((descriptor->events & (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)) == 0 ||
	    !judge_socket(descriptor, now))
		return JUDGED_ALONE;
	return judge_timeout(descriptor) ? JUDGED_BOUNDED : JUDGED_ALONE;
}
