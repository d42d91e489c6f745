/*
 * What a fault does to a call. Cold.
 *
 * A connection that is reset really is: connect(2) to AF_UNSPEC sends the RST, leaves ECONNRESET for
 * the next call (net/ipv4/tcp.c: tcp_disconnect), and shutdown(2) makes all later ones see what they
 * see after the peer's reset (tcp_done).
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/fault/chaos.h"
#include "shim/fd/failure.h"
#include "shim/io/gate.h"
#include "shim/fd/hold.h"
#include "shim/system/interruption.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"
#include "shim/io/receive.h"
#include "shim/log/report.h"
#include "shim/log/stats.h"

static bool fail(int error)
{
	errno = error;
	return false;
}

static struct gate gate_of(const struct attention *attention)
{
	struct gate gate = {.fd = attention->fd,
			    .call = attention->call,
			    .operation = attention->operation,
			    .hint = attention->hint,
			    /* Whoever bounds it: the bound is waited for here. */
			    .rest = true,
			    .uncounted = true};
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): it was one. */
	const void *const address = (const void *)attention->arguments[1];
	const size_t length = (socklen_t)attention->arguments[2];

	if (attention->call == CALL_connect && address != NULL &&
	    length <= sizeof(struct sockaddr_storage) && memory_readable(address, length)) {
		gate.address = address;
		gate.address_length = (socklen_t)length;
	}
	return gate;
}

/* A handler without SA_RESTART has run; or any, where the program has set a timer, which is never
 * restarted (include/net/sock.h: sock_intr_errno). */
static bool ends_the_wait(const struct gate *gate)
{
	if (interruption_seen() == INTERRUPTION_NONE)
		return false;
	if (gate->own || interruption_seen() == INTERRUPTION_FAIL)
		return true;
	interruption_begin();
	return false;
}

/* One sleep; -EINTR where the call is to end. */
static int sleep_once(const struct gate *gate, int64_t until, int64_t now)
{
	const int saved_errno = errno;
	/* No descriptor: a cancellation point, as the call is. */
	const int n = REAL(poll)(NULL, 0, clock_poll_timeout(until, now));
	const int error = errno;

	errno = saved_errno;
	if (n == 0 || error != EINTR)
		return 0;
	if (gate->own || !interruption_restarts())
		return -EINTR;
	interruption_begin();
	return 0;
}

int chaos_sleep(struct gate *gate, int64_t until)
{
	const int64_t since = stats_begin(gate->fd, gate->operation, gate->timeout, 0);
	int result = 0;

	while (result == 0) {
		const int64_t now = clock_now();

		if (ends_the_wait(gate))
			result = -EINTR;
		else if (!hint_current(gate->fd, gate->hint))
			result = -EBADF;
		else if (now >= until)
			break;
		else if (now >= gate->deadline)
			result = gate->own ? -EAGAIN : -ETIMEDOUT;
		else
			result = sleep_once(
				gate, until < gate->deadline ? until : gate->deadline, now);
	}
	if (result == -ETIMEDOUT) {
		stats_timeout(gate->fd, gate->operation, gate->timeout);
		report_timeout(gate);
	}
	stats_end(gate->fd, gate->operation, since, -result);
	return result;
}

/* The program's own timer begins anew in the call that comes now; what is left of it is waited for
 * here. -EAGAIN where nothing has come until then. */
static int wait_for_own(struct gate *gate)
{
	struct pollfd descriptor = {
		.fd = gate->fd, .events = gate->operation == OPERATION_SEND ? POLLOUT : POLLIN};

	for (;;) {
		const int64_t now = clock_now();
		const int saved_errno = errno;
		const int n =
			REAL(poll)(&descriptor, 1, clock_poll_timeout(gate->deadline, now));

		errno = saved_errno;
		if (n > 0)
			return 0;
		if (n < 0 || interruption_seen() != INTERRUPTION_NONE)
			return -EINTR;
		if (clock_now() >= gate->deadline)
			return -EAGAIN;
	}
}

/* A blocking call that is late, by what is given or for ever (DEADLINE_NEVER). */
static bool sleep_before(struct attention *attention, int64_t delay)
{
	struct gate gate = gate_of(attention);
	int cancellation, result;

	if (gate_enter(&gate) != GATE_RETRY)
		return true;
	/* These are no cancellation points in glibc. */
	if (attention->call == CALL_sendfile || attention->call == CALL_sendfile64)
		(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
	else
		cancellation = -1;
	result = chaos_sleep(&gate, clock_deadline(gate.started, delay));
	if (result == 0 && gate.own && attention->operation != OPERATION_CONNECT)
		result = wait_for_own(&gate);
	if (cancellation >= 0)
		(void)pthread_setcancelstate(cancellation, NULL);
	attention->chaos.begun = gate.started;
	return result == 0 || fail(-result);
}

/* Of the errors of connect, those that the network gives: a connect that does not block is told
 * later. */
static bool comes_later(int error)
{
	return error == ECONNREFUSED || error == ECONNRESET || error == ETIMEDOUT ||
	       error == EHOSTUNREACH || error == EHOSTDOWN || error == ECONNABORTED;
}

/* The readiness of fd, and what is done with it next, are to tell so. */
static bool fail_later(int fd, int error, bool connecting)
{
	struct stat status;

	return kernel_status(fd, &status) == 0 &&
	       failure_set(fd, hint_get(fd), status.st_ino, connecting, error);
}

static void hold_connect(const struct attention *attention, int64_t until)
{
	hold_set(attention->fd, hint_get(attention->fd), HOLD_RECEIVE, until, true);
	hold_set(attention->fd, hint_get(attention->fd), HOLD_SEND, until, true);
}

/* True where the kernel tells the error itself. */
static bool reset(int fd)
{
	int family = 0, type = 0, protocol = 0;
	const bool tcp = kernel_socket_option(fd, SO_DOMAIN, &family) == 0 &&
			 (family == AF_INET || family == AF_INET6) &&
			 kernel_socket_option(fd, SO_TYPE, &type) == 0 && type == SOCK_STREAM &&
			 kernel_socket_option(fd, SO_PROTOCOL, &protocol) == 0 &&
			 protocol == IPPROTO_TCP;
	const bool done = tcp && kernel_disconnect(fd) == 0;

	if (tcp || family == AF_UNIX)
		(void)kernel_shut_down(fd);
	return done;
}

static bool connect_error(struct attention *attention, bool blocks, int error)
{
	const int64_t delay = attention->chaos.fault.delay;

	/* The connection goes on, whatever the call says. */
	if (error == EINTR || error == EINPROGRESS || error == EALREADY) {
		attention->chaos.says = true;
		return true;
	}
	if (blocks || !comes_later(error) || !receive_is_stream(attention->fd, attention->hint))
		return fail(error);
	if (!fail_later(attention->fd, error, false))
		return fail(error);
	if (delay != 0)
		hold_connect(attention, clock_deadline(clock_now(), delay));
	return fail(EINPROGRESS);
}

static bool apply_error(struct attention *attention, bool blocks)
{
	const int error = attention->chaos.fault.error;
	const bool quiet = (attention->call == CALL_send || attention->call == CALL_sendto)
				   ? (attention->arguments[3] & MSG_NOSIGNAL) != 0
				   : attention->call == CALL_sendmsg &&
					     (attention->arguments[2] & MSG_NOSIGNAL) != 0;

	if (attention->operation == OPERATION_CONNECT)
		return connect_error(attention, blocks, error);
	if (attention->operation == OPERATION_SEND && error == EPIPE && !quiet)
		kernel_raise(SIGPIPE);
	return fail(error);
}

static bool apply_blackhole(struct attention *attention, bool blocks)
{
	if (blocks)
		return sleep_before(attention, DEADLINE_NEVER);
	if (attention->operation == OPERATION_CONNECT) {
		hold_connect(attention, DEADLINE_NEVER);
		return fail(EINPROGRESS);
	}
	hold_set(attention->fd, hint_get(attention->fd),
		 attention->operation == OPERATION_SEND ? HOLD_SEND : HOLD_RECEIVE,
		 DEADLINE_NEVER, false);
	return fail(EAGAIN);
}

static bool apply_reset(struct attention *attention)
{
	if (attention->operation == OPERATION_CONNECT ||
	    attention->operation == OPERATION_ACCEPT) {
		attention->chaos.resets = true;
		return true;
	}
	return reset(attention->fd) || fail(ECONNRESET);
}

/* Bytes without boundaries can be fewer; with MSG_WAITALL they are all, in pieces or not. */
static bool can_be_short(const struct attention *attention)
{
	const int call = (int)attention->call;
	uintptr_t flags = 0;

	if (call == CALL_recv || call == CALL_recvfrom || call == CALL_recvmmsg)
		flags = attention->arguments[3];
	else if (call == CALL_recvmsg)
		flags = attention->arguments[2];
	return (flags & MSG_WAITALL) == 0 &&
	       receive_is_stream(attention->fd, attention->hint) &&
	       (attention->operation == OPERATION_RECV ||
		attention->operation == OPERATION_SEND);
}

/* Late where it does not block: the readiness is. */
static bool hold_back(struct attention *attention)
{
	const struct chaos_fault *const fault = &attention->chaos.fault;
	const int64_t until = clock_deadline(clock_now(), fault->delay);

	if ((fault->actions & RULE_RESET) != 0 && !reset(attention->fd))
		(void)fail_later(attention->fd, ECONNRESET, false);
	else if ((fault->actions & RULE_ERROR) != 0)
		(void)fail_later(attention->fd, fault->error, false);
	hold_set(attention->fd, hint_get(attention->fd),
		 attention->operation == OPERATION_SEND ? HOLD_SEND : HOLD_RECEIVE, until,
		 false);
	return fail(EAGAIN);
}

/* A connect of datagrams only notes the address. */
static bool only_notes(const struct attention *attention)
{
	return attention->operation == OPERATION_CONNECT &&
	       (attention->hint & (HINT_MESSAGES | HINT_SEQUENCED)) == HINT_MESSAGES;
}

bool chaos_apply(struct attention *attention, bool blocks)
{
	struct chaos *const chaos = &attention->chaos;
	const unsigned int actions = chaos->fault.actions;
	const struct gate gate = gate_of(attention);

	if ((actions & RULE_SHORT) != 0 && !can_be_short(attention)) {
		if (chaos->fault.delay == 0)
			return true;
		chaos->fault.actions &= ~RULE_SHORT;
	}
	if (!chaos_report(&chaos->fault, &gate, attention->call, NULL))
		return true;
	if (chaos->fault.delay != 0 && !only_notes(attention)) {
		if (attention->operation == OPERATION_CONNECT && (actions & RULE_ERROR) == 0)
			chaos->late = true;
		else if (blocks && !sleep_before(attention, chaos->fault.delay))
			return false;
		else if (!blocks && attention->operation != OPERATION_CONNECT)
			return hold_back(attention);
	}
	if ((actions & RULE_BLACKHOLE) != 0 && !only_notes(attention))
		return apply_blackhole(attention, blocks);
	if ((actions & RULE_RESET) != 0)
		return apply_reset(attention);
	if ((actions & RULE_ERROR) != 0)
		return apply_error(attention, blocks);
	if ((chaos->fault.actions & RULE_SHORT) != 0 && chaos->fault.limit < SIZE_MAX)
		chaos->limit = (size_t)chaos->fault.limit;
	return true;
}

/* A connect that gave result and error, and ended its delay with ended. Natively one that is
 * interrupted, or has reached the program's own bound, goes on. */
static intptr_t connect_done(const struct attention *attention, intptr_t result, int error,
			     int ended)
{
	errno = error;
	if (ended == 0)
		return result;
	if (ended == -ETIMEDOUT)
		kernel_abandon(attention->fd);
	else if (result < 0)
		(void)fail_later(attention->fd, error, false);
	errno = ended == -EAGAIN ? EINPROGRESS : -ended;
	return -1;
}

/* A connect has been made and is late. At the deadline it is abandoned like one that took so long. */
static intptr_t connect_late(struct attention *attention, intptr_t result)
{
	const int64_t until = clock_deadline(attention->started, attention->chaos.fault.delay);
	struct gate gate = gate_of(attention);
	const int error = errno;

	/* It has been late enough. */
	if (result < 0 && error == ETIMEDOUT)
		return result;
	if (result < 0 && error == EINPROGRESS) {
		hold_connect(attention, until);
		return result;
	}
	if (gate_enter(&gate) != GATE_RETRY) {
		/* It does not block, and is done: an AF_UNIX socket. */
		if (result == 0)
			hold_connect(attention, until);
		errno = error;
		return result;
	}
	gate.started = attention->started;
	gate.deadline = gate.timeout == DURATION_NONE
				? DEADLINE_NEVER
				: clock_deadline(gate.started, gate.timeout);
	return connect_done(attention, result, error, chaos_sleep(&gate, until));
}

intptr_t chaos_end(struct attention *attention, intptr_t result)
{
	struct chaos *const chaos = &attention->chaos;

	if (chaos->late)
		result = connect_late(attention, result);
	if (chaos->says && result == 0) {
		errno = chaos->fault.error;
		return -1;
	}
	if (!chaos->resets)
		return result;
	if (attention->operation == OPERATION_ACCEPT) {
		if (result >= 0 && !reset((int)result))
			(void)fail_later((int)result, ECONNRESET, false);
		return result;
	}
	if (result == 0) {
		kernel_abandon(attention->fd);
		errno = ECONNRESET;
		return -1;
	}
	if (errno == EINPROGRESS)
		(void)fail_later(attention->fd, ECONNRESET, true);
	return result;
}
