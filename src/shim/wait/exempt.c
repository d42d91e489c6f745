/*
 * Asks the kernel what a descriptor is and when something last happened on it. Cold.
 *
 * TCP knows when. Of other sockets, only this program's use can be known: FD_QUIET is set when a wait
 * has found nothing, and every call that moves data clears FD_QUIET. While FD_QUIET is set, nothing
 * has happened.
 */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/single_threaded.h"
#include "shim/fd/delayed.h"
#include "shim/fd/fd.h"
#include "shim/system/kernel.h"
#include "shim/wait/exempt.h"

/* A jiffy at HZ=100. The kernel's times are full ticks, and may be one too old (net/ipv4/tcp.c:
 * tcp_get_info). */
#define TICK (10 * NANOSECONDS_PER_MILLISECOND)

static bool has_peer(int fd)
{
	struct sockaddr_storage address;
	socklen_t length;

	return kernel_address(fd, true, &address, &length) == 0;
}

/* This end, or the peer, has an AF_UNIX address that is more than the family. */
static bool has_name(int fd, bool peer)
{
	struct sockaddr_storage address;
	socklen_t length;

	return kernel_address(fd, peer, &address, &length) == 0 &&
	       length > offsetof(struct sockaddr_un, sun_path);
}

/* A channel inside a program: an AF_UNIX socket without a name, connected to one without a name. */
static bool is_own_channel(int fd, int family)
{
	return family == AF_UNIX && !has_name(fd, false) && !has_name(fd, true);
}

/* The earliest time at which a quiet period of fd may have begun. An old value makes a wait longer,
 * never shorter, so fd may have been another file then. */
static int64_t earliest_quiet(int fd)
{
	return fd_has_entry(fd)
		       ? atomic_load_explicit(&fd_entries[fd].quiet_since, memory_order_relaxed)
		       : 0;
}

bool exempt_is_current(const struct exempt *exempt)
{
	return earliest_quiet(exempt->fd) <= exempt->quiet_since;
}

void exempt_mark_quiet(int fd, int64_t this_wait)
{
	const uint64_t state = fd_state(fd);

	if (!fd_has_entry(fd) || (state & (FD_QUIET | FD_NOT_SOCKET)) != 0)
		return;
	fd_learn(fd, state, FD_QUIET);
	/* The only thread of a process has done nothing while it waited. */
	if (!__libc_single_threaded)
		this_wait = clock_now();
	if (this_wait > earliest_quiet(fd))
		atomic_store_explicit(&fd_entries[fd].quiet_since, this_wait,
				      memory_order_relaxed);
}

bool exempt_still_quiet(const struct exempt *exempt, int64_t quiet_since)
{
	const int64_t half = exempt->timeout / 2;

	return exempt->quiet_since <= clock_deadline(quiet_since, half < TICK ? half : TICK);
}

static void quiet_not_before(struct exempt *exempt, int64_t when)
{
	if (when > exempt->quiet_since)
		exempt->quiet_since = when;
}

/* What this program did with the socket. */
static void consider_own_use(struct exempt *exempt)
{
	exempt_mark_quiet(exempt->fd, exempt->this_wait);
	quiet_not_before(exempt, earliest_quiet(exempt->fd));
}

static int64_t ago(int64_t now, uint32_t milliseconds)
{
	const int64_t when = now - milliseconds * NANOSECONDS_PER_MILLISECOND + TICK;

	return when < now ? when : now;
}

/* What the kernel knows of a TCP socket. False: exempt. */
static bool consider_tcp(struct exempt *exempt, int64_t now)
{
	struct tcp_info information;

	if (kernel_tcp(exempt->fd, &information) != 0)
		return false;
	switch (information.tcpi_state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		exempt->connecting = true;
		return true;
	case TCP_CLOSE:
		/* A fault may delay a connect, of which the kernel does not know yet. */
		exempt->connecting = delayed_connects(exempt->fd);
		return exempt->connecting;
	case TCP_LISTEN:
		return false;
	default:
		break;
	}
	/* In the first wait of the only thread, data would have ended the wait. */
	if (__libc_single_threaded && !exempt->idle && exempt->this_wait <= exempt->since)
		return true;
	quiet_not_before(exempt, ago(now, information.tcpi_last_data_recv));
	/* A retransmission is nothing new, but sets tcpi_last_data_sent (net/ipv4/tcp_output.c:
	 * __tcp_transmit_skb). */
	if (information.tcpi_retransmits == 0)
		quiet_not_before(exempt, ago(now, information.tcpi_last_data_sent));
	else
		consider_own_use(exempt);
	return true;
}

/* False: exempt. */
static bool consider_socket(struct exempt *exempt, int64_t now)
{
	const int fd = exempt->fd;
	int listening = 0, family = 0, type = 0, protocol = 0;

	if (kernel_socket_option(fd, SO_ACCEPTCONN, &listening) != 0 || listening != 0 ||
	    kernel_socket_option(fd, SO_DOMAIN, &family) != 0 ||
	    kernel_socket_option(fd, SO_TYPE, &type) != 0)
		return false;
	exempt->subject.family = family;
	exempt->subject.type = type;
	exempt->subject.known = POLICY_ASKS_FAMILY | POLICY_ASKS_TYPE;
	if ((family == AF_INET || family == AF_INET6) && type == SOCK_STREAM &&
	    kernel_socket_option(fd, SO_PROTOCOL, &protocol) == 0 && protocol == IPPROTO_TCP)
		return consider_tcp(exempt, now);
	/* AF_NETLINK, AF_PACKET, …: no peer owes an answer. */
	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX && family != AF_VSOCK)
		return false;
	/* A socket without a peer waits for anybody, as a listener does. */
	if (is_own_channel(fd, family) || !has_peer(fd))
		return false;
	consider_own_use(exempt);
	return true;
}

/* The timeout makes the socket fail in this wait. */
static bool timeout_applies(struct exempt *exempt)
{
	const bool enforced = exempt_find_timeout(exempt);

	if (exempt->timeout == DURATION_NONE)
		return false;
	if (exempt->idle)
		return !exempt->connecting;
	/* A longer timeout of the wait is the program's own bound. */
	return enforced || exempt->own < 0 || exempt->own < exempt->timeout;
}

enum exempt_verdict exempt_ask(struct exempt *exempt)
{
	const int64_t now = clock_now();
	struct stat status;

	exempt->subject =
		(struct rules_subject){.fd = exempt->fd, .state = fd_state(exempt->fd)};
	if (kernel_status(exempt->fd, &status) != 0 ||
	    (exempt->inode != 0 && exempt->inode != status.st_ino))
		return EXEMPT;
	if (!S_ISSOCK(status.st_mode))
		return S_ISCHR(status.st_mode) && kernel_is_terminal(exempt->fd)
			       ? EXEMPT_TERMINAL
			       : EXEMPT;
	exempt->inode = status.st_ino;
	exempt->connecting = false;
	exempt->quiet_since = exempt->idle ? 0 : exempt->since;
	quiet_not_before(exempt, earliest_quiet(exempt->fd));
	if ((exempt->events & (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)) == 0 ||
	    !consider_socket(exempt, now))
		return EXEMPT;
	return timeout_applies(exempt) ? EXEMPT_NOT : EXEMPT;
}
