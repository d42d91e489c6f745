/*
 * Asks the kernel what a descriptor is and when something last happened on it. Cold.
 */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/single_threaded.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/config.h"
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

/* TCP knows when data last came or went: later than the thread's silence, it counts. */
static bool judge_tcp(struct judged *descriptor, int64_t now)
{
	struct tcp_info information;
	int64_t quiet;

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
		quiet = information.tcpi_last_data_recv < information.tcpi_last_data_sent
				? information.tcpi_last_data_recv
				: information.tcpi_last_data_sent;
		if (now - quiet * NANOSECONDS_PER_MILLISECOND > descriptor->started)
			descriptor->started = now - quiet * NANOSECONDS_PER_MILLISECOND;
		return true;
	}
}

/* The others do not know. What the program does with them shows in their hints; a thread that is
 * alone has done nothing while it waited. */
static void judge_others(struct judged *descriptor, int64_t now)
{
	const uint32_t hint = hint_get(descriptor->fd);

	if ((hint & HINT_QUIET) != 0)
		return;
	if (!__libc_single_threaded)
		descriptor->started = now;
	else if (descriptor->this_wait > descriptor->started)
		descriptor->started = descriptor->this_wait;
	hint_learn(descriptor->fd, hint, HINT_QUIET);
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
	judge_others(descriptor, now);
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
	int64_t timeout;

	if (kernel_status(descriptor->fd, &status) != 0)
		return JUDGED_ALONE;
	if (!S_ISSOCK(status.st_mode))
		return S_ISCHR(status.st_mode) && kernel_is_terminal(descriptor->fd)
			       ? JUDGED_TERMINAL
			       : JUDGED_ALONE;
	descriptor->inode = status.st_ino;
	descriptor->connecting = false;
	descriptor->started = descriptor->since;
	if ((descriptor->events & (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)) == 0 ||
	    !judge_socket(descriptor, now))
		return JUDGED_ALONE;
	timeout = judge_timeout(descriptor);
	/* The program's own bound is at least as long. */
	if (timeout == DURATION_NONE || (descriptor->own >= 0 && descriptor->own >= timeout))
		return JUDGED_ALONE;
	descriptor->due = clock_deadline(descriptor->started, timeout);
	return JUDGED_BOUNDED;
}
