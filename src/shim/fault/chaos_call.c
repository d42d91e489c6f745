/*
 * An examined call on a descriptor, on its way to the rules. Cold.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "base/clock.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/fault/chaos.h"
#include "shim/io/gate.h"
#include "shim/fd/hold.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"
#include "shim/io/receive.h"
#include "shim/config/rules.h"
#include "shim/fd/socket.h"

/* The flags of a call that has any. */
static int flags_of(const struct attention *attention)
{
	switch (attention->call) {
	case CALL_recv:
	case CALL_recvfrom:
	case CALL_recvmmsg:
	case CALL_send:
	case CALL_sendto:
	case CALL_sendmmsg:
		return (int)attention->arguments[3];
	case CALL_recvmsg:
	case CALL_sendmsg:
		return (int)attention->arguments[2];
	default:
		return 0;
	}
}

/* The address that the call names; the kernel has not read it yet. */
static void name_address(const struct attention *attention, struct rules_subject *subject)
{
	const uintptr_t *const arguments = attention->arguments;
	uintptr_t address = 0;

	/* NOLINTBEGIN(performance-no-int-to-ptr): they were pointers. */
	if (attention->call == CALL_connect) {
		address = arguments[1];
		subject->address_length = (socklen_t)arguments[2];
	} else if (attention->call == CALL_sendto) {
		address = arguments[4];
		subject->address_length = (socklen_t)arguments[5];
	} else if (attention->call == CALL_sendmsg &&
		   memory_readable((const void *)arguments[1], sizeof(struct msghdr))) {
		const struct msghdr *const message = (const struct msghdr *)arguments[1];

		address = (uintptr_t)message->msg_name;
		subject->address_length = message->msg_namelen;
	}
	subject->address = (const struct sockaddr *)address;
	/* NOLINTEND(performance-no-int-to-ptr) */
	subject->unread = true;
}

/* No rule can concern fd until it connects, or its number is another one's. What a connected stream
 * or a listener may still do is known; a datagram may go anywhere. */
static void dismiss(const struct attention *attention)
{
	static const enum operation operations[] = {OPERATION_RECV, OPERATION_SEND,
						    OPERATION_ACCEPT};
	const bool accepts = attention->operation == OPERATION_ACCEPT;
	const struct policy *policy;
	struct policy_call call;
	unsigned int slot;
	bool may = false;

	policy = rules_hold(&slot);
	for (size_t i = 0; policy != NULL && i < COUNT_OF(operations); i++) {
		struct rules_subject subject = {.fd = attention->fd, .hint = attention->hint};

		if (accepts != (operations[i] == OPERATION_ACCEPT))
			continue;
		rules_find_out(&subject, policy, operations[i], RULE_CHAOS_ACTIONS, &call);
		if (!receive_is_stream(attention->fd, attention->hint) && !accepts)
			call.address = NULL;
		may = may || policy_may_fault(policy, &call);
	}
	if (policy != NULL)
		rules_release(slot);
	if (!may)
		attention_dismiss(attention->fd, attention->hint);
}

static enum hold_direction direction_of(const struct attention *attention)
{
	return attention->operation == OPERATION_RECV ||
			       attention->operation == OPERATION_ACCEPT
		       ? HOLD_RECEIVE
		       : HOLD_SEND;
}

static bool finds_something(const struct attention *attention)
{
	struct pollfd descriptor = {
		.fd = attention->fd,
		.events = direction_of(attention) == HOLD_RECEIVE ? POLLIN : POLLOUT};
	const int saved_errno = errno;
	const int n = REAL(poll)(&descriptor, 1, 0);

	errno = saved_errno;
	return n != 0;
}

static bool fail(int error)
{
	errno = error;
	return false;
}

/*
 * fd was held, or is: true where that answers the call, with *error, or 0 where it is to be made now.
 */
static bool was_held(struct attention *attention, bool blocks, int *error)
{
	const enum hold_direction direction = direction_of(attention);
	const int64_t until = hold_any() ? hold_until(attention->fd, direction) : 0;
	const bool connects = hold_connects(attention->fd);

	*error = 0;
	if (until == 0)
		return false;
	if (until > clock_now() && blocks) {
		struct gate gate = {.fd = attention->fd,
				    .call = attention->call,
				    .operation = attention->operation,
				    .hint = attention->hint,
				    .rest = true,
				    .uncounted = true};

		(void)gate_enter(&gate);
		*error = -chaos_sleep(&gate, until);
	} else if (until > clock_now()) {
		*error = attention->operation == OPERATION_CONNECT && connects ? EALREADY
									       : EAGAIN;
	}
	if (*error == 0)
		hold_release(attention->fd, direction);
	/* What was late was the connection: this is another call. */
	return *error != 0 || !connects;
}

/* Late without blocking, on a number that nothing is remembered of: it would be late for ever. */
static bool cannot_be_held(const struct attention *attention, bool blocks)
{
	const struct chaos_fault *const fault = &attention->chaos.fault;

	return !blocks && !hold_can(attention->fd) &&
	       ((fault->actions & RULE_BLACKHOLE) != 0 ||
		(fault->delay != 0 && attention->operation != OPERATION_CONNECT));
}

bool chaos_begin(struct attention *attention)
{
	struct rules_subject subject = {.fd = attention->fd, .hint = attention->hint};
	const int flags = flags_of(attention);
	int status, error;
	bool blocks;

	attention->chaos.limit = SIZE_MAX;
	if (attention->operation > OPERATION_SEND)
		return true;
	if (!socket_is(attention->fd, attention->hint)) {
		attention_dismiss(attention->fd, attention->hint);
		return true;
	}
	if (attention->operation == OPERATION_CONNECT)
		hint_examine_again(attention->fd);
	/* Urgent data and the error queue are there or not. */
	if ((flags & (MSG_OOB | MSG_ERRQUEUE)) != 0)
		return true;
	status = kernel_flags(attention->fd);
	/* Closed meanwhile, or a filter forbids to ask (seccomp(2)). */
	if (status < 0)
		return true;
	blocks = (flags & MSG_DONTWAIT) == 0 && (status & O_NONBLOCK) == 0;
	if (was_held(attention, blocks, &error))
		return error == 0 || fail(error);
	if (!blocks && attention->operation != OPERATION_CONNECT && !finds_something(attention))
		return true;
	name_address(attention, &subject);
	if (!chaos_ask(&subject, attention->operation, &attention->chaos.fault)) {
		dismiss(attention);
		return true;
	}
	return cannot_be_held(attention, blocks) || chaos_apply(attention, blocks);
}
