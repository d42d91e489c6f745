/*
 * Judges what is owed on a connection. Cold.
 */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/duration.h"
#include "shim/fd/reply.h"
#include "shim/system/kernel.h"

/* The kernel's times are full ticks and may be one too old (net/ipv4/tcp.c: tcp_get_info). HZ >= 100. */
#define TICK (10 * NANOSECONDS_PER_MILLISECOND)

static int64_t ago(int64_t now, uint32_t milliseconds)
{
	const int64_t when = now - milliseconds * NANOSECONDS_PER_MILLISECOND + TICK;

	return when < now ? when : now;
}

void reply_connected(int fd, uint64_t seen)
{
	/* A datagram socket has sent nothing. */
	const bool stream = (seen & (FD_STREAM | FD_SEQPACKET)) != 0;

	fd_change(fd, seen, stream ? FD_ANSWERED : FD_OWED, stream ? FD_OWED : FD_ANSWERED);
}

/* The quiet period of fd, which begins now where it had not begun. */
static int64_t quiet_since(int fd, uint64_t state, int64_t now)
{
	_Atomic int64_t *const since = &fd_entries[fd].quiet_since;

	if ((state & FD_QUIET) == 0) {
		fd_learn(fd, state, FD_QUIET);
		atomic_store_explicit(since, now, memory_order_relaxed);
	}
	return atomic_load_explicit(since, memory_order_relaxed);
}

/* False: the socket is not TCP's. */
static bool ask_tcp(int fd, struct tcp_info *information)
{
	int protocol = 0;

	return kernel_socket_option(fd, SO_PROTOCOL, &protocol) == 0 &&
	       protocol == IPPROTO_TCP && kernel_tcp(fd, information) == 0;
}

/* TCP knows which of two was later, unless both happened in the same tick: then the bit tells. */
static bool tcp_is_owed(uint64_t state, int64_t sent, int64_t received)
{
	if (sent - received > 2 * TICK)
		return true;
	return received - sent <= 2 * TICK && (state & FD_OWED) != 0;
}

bool reply_is_owed(int fd, int64_t now, int64_t *since)
{
	const uint64_t state = fd_state(fd);
	struct tcp_info tcp;
	int64_t sent;

	if (!fd_has_entry(fd) || !reply_is_watched(state))
		return false;
	if (!ask_tcp(fd, &tcp)) {
		*since = quiet_since(fd, state, now);
		return (state & FD_OWED) != 0;
	}
	if (tcp.tcpi_state == TCP_SYN_SENT || tcp.tcpi_state == TCP_SYN_RECV ||
	    tcp.tcpi_state == TCP_CLOSE || tcp.tcpi_state == TCP_LISTEN)
		return false;
	sent = ago(now, tcp.tcpi_last_data_sent);
	/* A retransmission is nothing new, but sets tcpi_last_data_sent. */
	if (tcp.tcpi_retransmits != 0) {
		*since = quiet_since(fd, state, now);
		return (state & FD_OWED) != 0;
	}
	*since = atomic_load_explicit(&fd_entries[fd].quiet_since, memory_order_relaxed);
	if (sent > *since)
		*since = sent;
	return tcp_is_owed(state, sent, ago(now, tcp.tcpi_last_data_recv));
}
