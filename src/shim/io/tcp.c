/*
 * Sets TCP_USER_TIMEOUT, SO_KEEPALIVE and the times of keepalive probes. Cold.
 *
 * A value that the program sets later replaces the library's. A value that the program set before is
 * known in two ways: from the kernel, where the value is not the initial one, and from setsockopt's
 * wrapper.
 */
#include "config.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/duration.h"
#include "shim/fd/fd.h"
#include "shim/system/kernel.h"
#include "shim/config/rules.h"
#include "shim/io/tcp.h"

/* The bit of a state that notes the option, or 0. */
static uint64_t bit_of(int level, int option)
{
	if (level == SOL_SOCKET && option == SO_KEEPALIVE)
		return FD_OWN_KEEPALIVE;
	if (level != IPPROTO_TCP)
		return 0;
	switch (option) {
	case TCP_USER_TIMEOUT:
		return FD_OWN_USER_TIMEOUT;
	case TCP_KEEPIDLE:
	case TCP_KEEPINTVL:
	case TCP_KEEPCNT:
		return FD_OWN_KEEPALIVE;
	default:
		return 0;
	}
}

void tcp_option_set(int fd, int level, int option)
{
	const uint64_t bit = bit_of(level, option);

	if (bit != 0)
		fd_learn(fd, fd_state(fd), bit);
}

static void set_user_timeout(int fd, int64_t timeout)
{
	int64_t milliseconds = timeout / NANOSECONDS_PER_MILLISECOND +
			       (timeout % NANOSECONDS_PER_MILLISECOND != 0);
	int there = 0;

	if (timeout == DURATION_NONE ||
	    kernel_get_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &there) != 0 || there != 0)
		return;
	if (milliseconds > INT_MAX)
		milliseconds = INT_MAX;
	(void)kernel_set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)milliseconds);
}

static void set_keepalive(int fd, const struct rule_keepalive *keepalive)
{
	int there = 0;

	if (keepalive->count == 0 ||
	    kernel_get_option(fd, SOL_SOCKET, SO_KEEPALIVE, &there) != 0 || there != 0)
		return;
	/* The times come first: SO_KEEPALIVE starts the probes. */
	(void)kernel_set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)keepalive->idle);
	(void)kernel_set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, (int)keepalive->interval);
	(void)kernel_set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, (int)keepalive->count);
	(void)kernel_set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* Set the options that the rules give for subject. own: a state with the bits of the program's options. */
static void set_options_of(int fd, struct rules_subject *subject, enum operation operation,
			   uint64_t own)
{
	struct rules_tcp tcp;
	int protocol = 0;

	rules_refresh();
	rules_tcp(subject, operation, &tcp);
	if ((!tcp.has_user_timeout && !tcp.has_keepalive) ||
	    kernel_socket_option(fd, SO_PROTOCOL, &protocol) != 0 || protocol != IPPROTO_TCP)
		return;
	if (tcp.has_user_timeout && (own & FD_OWN_USER_TIMEOUT) == 0)
		set_user_timeout(fd, tcp.user_timeout);
	if (tcp.has_keepalive && (own & FD_OWN_KEEPALIVE) == 0)
		set_keepalive(fd, &tcp.keepalive);
}

void tcp_connecting(int fd, uint64_t state, const struct sockaddr *address, socklen_t length)
{
	struct rules_subject subject = {.fd = fd,
					.state = state,
					.address = address,
					.address_length = length,
					.unread = true};

	set_options_of(fd, &subject, OPERATION_CONNECT, state);
}

void tcp_accepted(int listener, uint64_t state, int fd)
{
	struct rules_subject subject = {.fd = listener, .state = state};

	/* The accepted socket inherits the listener's options. */
	set_options_of(fd, &subject, OPERATION_ACCEPT, state);
}
