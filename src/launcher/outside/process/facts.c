/*
 * Asks the kernel about sockets. Owns no state.
 */
#include "launcher/outside/process/facts.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/duration.h"

static int duplicate_descriptor(int pidfd, int fd)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

int facts_duplicate(int pidfd, int fd, ino_t inode)
{
	const int duplicate = duplicate_descriptor(pidfd, fd);
	struct stat status;

	if (duplicate < 0)
		return -errno;
	if (fstat(duplicate, &status) == 0 && S_ISSOCK(status.st_mode) &&
	    status.st_ino == inode)
		return duplicate;
	close(duplicate);
	return -ESTALE;
}

/* An option that is an int; otherwise where it cannot be asked. */
static int option(int fd, int level, int name, int otherwise)
{
	int value = otherwise;
	socklen_t size = sizeof value;

	return getsockopt(fd, level, name, &value, &size) == 0 ? value : otherwise;
}

static bool has_timeout(int fd, int name)
{
	struct timeval value = {0, 0};
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 &&
	       (value.tv_sec != 0 || value.tv_usec != 0);
}

static int bytes(int fd, unsigned long request)
{
	int count = 0;

	return ioctl(fd, request, &count) == 0 ? count : 0;
}

/* Whether this side opened the connection. The side that opens has its SYN acknowledged, which counts as
 * one byte (net/ipv4/tcp_input.c: tcp_rcv_synsent_state_process); the other side begins to count behind
 * its SYN (net/ipv4/tcp_minisocks.c: tcp_create_openreq_child). A FIN counts as well. */
static bool is_opener(int fd, const struct tcp_info *info)
{
	const bool finished =
		info->tcpi_state == FACTS_FIN_WAIT1 || info->tcpi_state == FACTS_FIN_WAIT2;
	const uint64_t sent = info->tcpi_bytes_sent - info->tcpi_bytes_retrans;
	uint64_t counted = info->tcpi_bytes_acked;

	if (info->tcpi_state != FACTS_ESTABLISHED && !finished)
		return false;
	if (info->tcpi_unacked != 0 || info->tcpi_notsent_bytes != 0)
		counted += (uint64_t)bytes(fd, SIOCOUTQ) - info->tcpi_notsent_bytes;
	return counted == sent + 1 + (finished && info->tcpi_notsent_bytes == 0);
}

/* Whether more was sent last. The times are whole ticks. Where both are the same, an acknowledgement that
 * came later was for something that was sent later; but the answer to a keepalive probe tells nothing. */
static bool sent_last(const struct tcp_info *info)
{
	const uint32_t sent = info->tcpi_last_data_sent, received = info->tcpi_last_data_recv,
		       acknowledged = info->tcpi_last_ack_recv;

	if (sent != received)
		return sent < received;
	return info->tcpi_bytes_received == 0 || info->tcpi_unacked != 0 ||
	       (acknowledged < sent &&
		(sent - acknowledged) * NANOSECONDS_PER_MILLISECOND < FACTS_KEEPALIVE_LEAST);
}

static int take_tcp(int fd, struct facts *facts)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof info;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
		return -errno;
	facts->tcp = size >= offsetof(struct tcp_info, tcpi_notsent_bytes) + sizeof(uint32_t);
	facts->state = info.tcpi_state;
	facts->listening |= info.tcpi_state == FACTS_LISTEN;
	if (!facts->tcp || facts->listening)
		return 0;
	facts->user_timeout = option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
	facts->unsent = info.tcpi_notsent_bytes != 0;
	facts->outstanding = info.tcpi_unacked != 0 || info.tcpi_notsent_bytes != 0;
	facts->probes = info.tcpi_probes;
	facts->retransmitted = info.tcpi_retransmits != 0;
	facts->received = info.tcpi_bytes_received;
	facts->moved = info.tcpi_bytes_received + info.tcpi_bytes_acked;
	facts->since_received = info.tcpi_last_data_recv * NANOSECONDS_PER_MILLISECOND;
	facts->since_sent = info.tcpi_last_data_sent * NANOSECONDS_PER_MILLISECOND;
	facts->since_acknowledged = info.tcpi_last_ack_recv * NANOSECONDS_PER_MILLISECOND;
	facts->queued = bytes(fd, SIOCINQ);
	facts->owed = sent_last(&info) && is_opener(fd, &info);
	return 0;
}

/* Whether an end of an AF_UNIX socket has no name. */
static bool is_unnamed(int result, socklen_t length)
{
	return result == 0 && length <= offsetof(struct sockaddr_un, sun_path);
}

static bool is_channel(int fd)
{
	struct sockaddr_un address;
	socklen_t local = sizeof address, peer = sizeof address;
	const int of_local = getsockname(fd, (struct sockaddr *)&address, &local);
	const int of_peer = getpeername(fd, (struct sockaddr *)&address, &peer);

	return is_unnamed(of_local, local) && is_unnamed(of_peer, peer);
}

int facts_take(int fd, struct facts *facts)
{
	*facts = (struct facts){
		.family = option(fd, SOL_SOCKET, SO_DOMAIN, RECORD_NONE),
		.type = option(fd, SOL_SOCKET, SO_TYPE, RECORD_NONE),
		.protocol = option(fd, SOL_SOCKET, SO_PROTOCOL, RECORD_NONE),
		.listening = option(fd, SOL_SOCKET, SO_ACCEPTCONN, 0) != 0,
		.own_receive_timeout = has_timeout(fd, SO_RCVTIMEO),
		.own_send_timeout = has_timeout(fd, SO_SNDTIMEO),
	};
	if (facts->family < 0)
		return -ENOTSOCK;
	facts->channel = facts->family == AF_UNIX && !facts->listening && is_channel(fd);
	if (facts->protocol == IPPROTO_TCP &&
	    (facts->family == AF_INET || facts->family == AF_INET6))
		return take_tcp(fd, facts);
	return 0;
}

/* The other side's address. Unlike getpeername(2), SO_PEERNAME also works while a connection is being
 * made; it wants to be asked for no more than there is (net/core/sock.c). */
static socklen_t peer_of(int fd, struct sockaddr *address, socklen_t size)
{
	const socklen_t sizes[] = {sizeof(struct sockaddr_in6), sizeof(struct sockaddr_in)};
	socklen_t length = size;

	if (getpeername(fd, address, &length) == 0)
		return length;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		length = sizes[i];
		if (getsockopt(fd, SOL_SOCKET, SO_PEERNAME, address, &length) == 0)
			return length;
	}
	return 0;
}

void facts_name(int fd, struct record_address *local, struct record_address *peer)
{
	local->length = sizeof local->address;
	if (getsockname(fd, (struct sockaddr *)&local->address, &local->length) != 0)
		local->length = 0;
	peer->length = peer_of(fd, (struct sockaddr *)&peer->address, sizeof peer->address);
}
