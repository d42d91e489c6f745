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
#include "shim/configuration.h"
#include "shim/hint.h"
#include "shim/judge.h"
#include "shim/kernel.h"

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
static _Atomic int64_t begun[HINT_DESCRIPTORS];

void judge_begin(int fd)
{
	if ((unsigned int)fd < HINT_DESCRIPTORS)
		atomic_store_explicit(&begun[fd], clock_now(), memory_order_relaxed);
}

bool judge_stands(const struct judged *descriptor)
{
	return atomic_load_explicit(&begun[descriptor->fd], memory_order_relaxed) <=
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
	if (this_wait > atomic_load_explicit(&begun[fd], memory_order_relaxed))
		atomic_store_explicit(&begun[fd], this_wait, memory_order_relaxed);
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
		started_at_least(descriptor, atomic_load_explicit(&begun[descriptor->fd],
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

/* The timeout of what is waited for: the shorter where it is both. */
static int64_t judge_timeout(struct judged *descriptor)
{
	const struct config *config = config_get();
	int64_t timeout = DURATION_NONE;

	descriptor->operation = OPERATION_RECV;
	if (descriptor->connecting) {
		descriptor->operation = OPERATION_CONNECT;
		timeout = config->timeouts.of[OPERATION_CONNECT];
	} else {
		const int64_t send = config->timeouts.of[OPERATION_SEND];

		if ((descriptor->events & (POLLIN | POLLRDNORM)) != 0)
			timeout = config->timeouts.of[OPERATION_RECV];
		if ((descriptor->events & (POLLOUT | POLLWRNORM)) != 0 &&
		    send != DURATION_NONE && (timeout == DURATION_NONE || send < timeout)) {
			descriptor->operation = OPERATION_SEND;
			timeout = send;
		}
	}
	if (config->timeouts.of[OPERATION_WAIT] != TIMEOUT_FOLLOWS)
		timeout = config->timeouts.of[OPERATION_WAIT];
	return timeout;
}

enum judgement judge(struct judged *descriptor)
{
	const int64_t now = clock_now();
	struct stat status;

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
	if (descriptor->idle) {
		descriptor->operation = OPERATION_IDLE;
		descriptor->timeout = config_timeout(OPERATION_IDLE);
		return descriptor->connecting ? JUDGED_ALONE : JUDGED_BOUNDED;
	}
	descriptor->timeout = judge_timeout(descriptor);
	/* The program's own bound is at least as long. */
	if (descriptor->timeout == DURATION_NONE ||
	    (descriptor->own >= 0 && descriptor->own >= descriptor->timeout))
		return JUDGED_ALONE;
	return JUDGED_BOUNDED;
}
