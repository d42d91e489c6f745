/*
 * Asks the kernel for the kind of a descriptor and the time of the last event on it. Cold.
 *
 * The kernel keeps that time for TCP. Of other sockets, only this program's use can be known:
 * FD_QUIET is set when a wait has found nothing, and every call that moves data clears FD_QUIET.
 * While FD_QUIET is set, nothing has happened.
 */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/single_threaded.h"
#include "shim/fd/delayed.h"
#include "shim/fd/fd.h"
#include "shim/fd/reply.h"
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

/* Use a time at which, by the kernel, data was sent or received. */
static void consider_move(struct exempt *exempt, int64_t when)
{
	if (when > exempt->moved)
		exempt->moved = when;
	quiet_not_before(exempt, when);
}

/* Use the times at which this program used the socket. */
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

/* Use the kernel's state of a TCP socket. False: exempt. */
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
	if (__libc_single_threaded && exempt->by == EXEMPT_BY_WAIT &&
	    exempt->this_wait <= exempt->since)
		return true;
	consider_move(exempt, ago(now, information.tcpi_last_data_recv));
	/* A retransmission is nothing new, but sets tcpi_last_data_sent (net/ipv4/tcp_output.c:
	 * __tcp_transmit_skb). */
	if (information.tcpi_retransmits == 0)
		consider_move(exempt, ago(now, information.tcpi_last_data_sent));
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
	if (!has_peer(fd))
		return false;
	consider_own_use(exempt);
	return true;
}

/* An earlier wait for the socket had a timeout of its own that was no shorter, and found nothing; and
 * nothing was sent or received since that wait began. Of other sockets than TCP only this program's use
 * is known, from the end of that wait on (exempt_mark_quiet). */
static bool continues_slice(const struct exempt *exempt)
{
	const struct quiet_slice *const slice = &exempt->slice;
	const int64_t half = slice->length / 2;

	return slice->length != 0 && slice->length >= exempt->timeout &&
	       exempt->quiet_since <= slice->until &&
	       exempt->moved <= clock_deadline(slice->since, half < 2 * TICK ? half : 2 * TICK);
}

/* The timeout makes the socket fail in this wait. */
static bool timeout_applies(struct exempt *exempt)
{
	const bool enforced = exempt_find_timeout(exempt);

	if (exempt->timeout == DURATION_NONE)
		return false;
	if (exempt->by == EXEMPT_BY_IDLE)
		return !exempt->connecting;
	/* A longer timeout of the wait is the program's own bound, once. */
	if (enforced || exempt->own < 0 || exempt->own < exempt->timeout)
		return true;
	exempt->sliced = continues_slice(exempt);
	return exempt->sliced;
}

/* An answer is owed on the socket, the program waits for it, and `reply` applies. A longer timeout of
 * the wait is the program's own bound until nothing came for so long. */
static bool is_owed(struct exempt *exempt, int64_t now)
{
	if ((exempt->events & (POLLIN | POLLRDNORM)) == 0 ||
	    !reply_is_owed(exempt->fd, now, &exempt->quiet_since))
		return false;
	(void)exempt_find_timeout(exempt);
	if (exempt->timeout == DURATION_NONE)
		return false;
	return exempt->own < 0 || exempt->own < exempt->timeout ||
	       clock_deadline(exempt->quiet_since, exempt->own) <= exempt->this_wait;
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
	exempt->connecting = exempt->sliced = false;
	exempt->moved = 0;
	exempt->quiet_since = exempt->by == EXEMPT_BY_WAIT ? exempt->since : 0;
	quiet_not_before(exempt, earliest_quiet(exempt->fd));
	if (exempt->by == EXEMPT_BY_REPLY)
		return is_owed(exempt, now) ? EXEMPT_NOT : EXEMPT;
	if ((exempt->events & (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)) == 0 ||
	    !consider_socket(exempt, now))
		return EXEMPT;
	return timeout_applies(exempt) ? EXEMPT_NOT : EXEMPT;
}
