/*
 * Sets TCP_USER_TIMEOUT, SO_KEEPALIVE and what belongs to it. Cold.
 *
 * What the program sets later wins by itself. What it has set before is known in two ways: by the
 * kernel, where it differs from how every socket begins, and by having seen it, where it does not.
 */
#include "config.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>

#include "base/duration.h"
#include "shim/fd/hint.h"
#include "shim/system/kernel.h"
#include "shim/config/rules.h"
#include "shim/io/tcp.h"

/* Of each number: what the program has set, and the generation of the hint that it was set in. */
#define SET_USER_TIMEOUT 0x1u
#define SET_KEEPALIVE    0x2u
#define SET_MASK         0x3u

LARGE _Atomic uint32_t tcp_options[HINT_DESCRIPTORS];

static unsigned int which_option(int level, int option)
{
	if (level == SOL_SOCKET && option == SO_KEEPALIVE)
		return SET_KEEPALIVE;
	if (level != IPPROTO_TCP)
		return 0;
	switch (option) {
	case TCP_USER_TIMEOUT:
		return SET_USER_TIMEOUT;
	case TCP_KEEPIDLE:
	case TCP_KEEPINTVL:
	case TCP_KEEPCNT:
		return SET_KEEPALIVE;
	default:
		return 0;
	}
}

/* Which of them the program has set, as far as was seen. */
static unsigned int options_seen(int fd)
{
	uint32_t word;

	if ((unsigned int)fd >= HINT_DESCRIPTORS)
		return 0;
	word = atomic_load_explicit(&tcp_options[fd], memory_order_relaxed);
	return ((word ^ hint_get(fd)) & HINT_GENERATION_MASK) == 0 ? word & SET_MASK : 0;
}

void tcp_option_set(int fd, int level, int option)
{
	const unsigned int which = which_option(level, option);

	if (which != 0 && (unsigned int)fd < HINT_DESCRIPTORS)
		atomic_store_explicit(&tcp_options[fd],
				      (hint_get(fd) & HINT_GENERATION_MASK) | options_seen(fd) |
					      which,
				      memory_order_relaxed);
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
	/* First the times, then what they are the times of. */
	(void)kernel_set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)keepalive->idle);
	(void)kernel_set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, (int)keepalive->interval);
	(void)kernel_set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, (int)keepalive->count);
	(void)kernel_set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* As the rules say for subject, on fd; seen is what the program has set on it. */
static void set_options_of(int fd, struct rules_subject *subject, enum operation operation,
			   unsigned int seen)
{
	struct rules_tcp tcp;
	int protocol = 0;

	rules_refresh();
	rules_tcp(subject, operation, &tcp);
	if ((!tcp.has_user_timeout && !tcp.has_keepalive) ||
	    kernel_socket_option(fd, SO_PROTOCOL, &protocol) != 0 || protocol != IPPROTO_TCP)
		return;
	if (tcp.has_user_timeout && (seen & SET_USER_TIMEOUT) == 0)
		set_user_timeout(fd, tcp.user_timeout);
	if (tcp.has_keepalive && (seen & SET_KEEPALIVE) == 0)
		set_keepalive(fd, &tcp.keepalive);
}

void tcp_connecting(int fd, uint32_t hint, const struct sockaddr *address, socklen_t length)
{
	struct rules_subject subject = {.fd = fd,
					.hint = hint,
					.address = address,
					.address_length = length,
					.unread = true};

	set_options_of(fd, &subject, OPERATION_CONNECT, options_seen(fd));
}

void tcp_accepted(int listener, uint32_t hint, int fd)
{
	struct rules_subject subject = {.fd = listener, .hint = hint};

	/* What was set on the listener is inherited. */
	set_options_of(fd, &subject, OPERATION_ACCEPT, options_seen(listener));
}
