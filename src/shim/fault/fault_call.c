/*
 * The way of a call on a descriptor through fault injection:
 *
 *     fault_before: socket? ── delayed before? ── something to do? ── ask the rules ── inject
 *
 * Cold.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "calls/real.h"
#include "shim/fault/fault_call.h"
#include "shim/fault/fault_inside.h"
#include "shim/fd/delayed.h"
#include "shim/log/traced.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"

/* The rules' subject. The kernel has not read the address yet. */
static struct rules_subject subject_of(const struct io *io)
{
	struct rules_subject subject = {.fd = io->fd, .state = io->state, .unread = true};

	/* The address of a receive is an answer. */
	if (io->operation != OPERATION_CONNECT && io->operation != OPERATION_SEND)
		return subject;
	subject.address = io->address;
	subject.address_length = io->address_length;
	if (io->address == NULL && io->message != NULL &&
	    memory_readable(io->message, sizeof *io->message)) {
		subject.address = io->message->msg_name;
		subject.address_length = io->message->msg_namelen;
	}
	return subject;
}

/* Changes of the rules. */
static atomic_uint change_count;

/* Call no hook for fd any more, where there is no other reason for hooks. The rules were asked when
 * change_count was `count`. */
static void unhook(const struct io *io, unsigned int count)
{
	if (traced_wanted())
		return;
	fd_unhook(io->fd, io->state);
	if (atomic_load(&change_count) != count)
		fd_hook_again(io->fd);
}

void fault_call_rules(void)
{
	atomic_fetch_add(&change_count, 1);
}

static bool has_peer(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof address;

	return kernel_address(fd, true, &address, &length) == 0;
}

/* Whether a rule can concern a later call on the descriptor, other than connect: all later calls of a
 * connected stream or of a listener have the same address. A datagram may go anywhere. A stream without a peer
 * may listen later. */
static bool may_fault_later(const struct io *io)
{
	const bool accepts = io->operation == OPERATION_ACCEPT && kernel_is_listening(io->fd);
	const bool keeps_address = accepts || fd_is_stream(io->fd, io->state);
	const struct policy *policy;
	unsigned int slot;
	bool may = !accepts && !fault_is_datagram(io) && !has_peer(io->fd);

	policy = rules_hold(&slot);
	if (policy == NULL)
		return false;
	for (enum operation operation = accepts ? OPERATION_ACCEPT : OPERATION_RECV;
	     !may && operation <= (accepts ? OPERATION_ACCEPT : OPERATION_SEND); operation++) {
		struct rules_subject subject = {.fd = io->fd, .state = io->state};
		struct policy_call call;

		rules_find_out(&subject, policy, operation, RULE_CHAOS_ACTIONS, &call);
		if (!keeps_address)
			call.address = NULL;
		may = policy_may_fault(policy, &call);
	}
	rules_release(slot);
	return may;
}

/* poll(2) calls an AF_UNIX socket writable only while at most a quarter of its buffer is in use
 * (net/unix/af_unix.c: unix_writable); a stream or SOCK_SEQPACKET takes more bytes until the buffer is full. */
static bool has_room(const struct io *io)
{
	return fault_direction(io) == FD_SEND && !fault_is_datagram(io) && io_is_unix(io->fd) &&
	       kernel_has_room(io->fd);
}

/* poll(2) calls a stream readable when SO_RCVLOWAT bytes are there; a call that does not block takes fewer. */
static bool has_input(const struct io *io)
{
	return io->operation == OPERATION_RECV && fd_is_stream(io->fd, io->state) &&
	       kernel_readable(io->fd) > 0;
}

/* The call would not block: there is something to receive, or room to send, or an error. */
static bool is_ready(const struct io *io)
{
	struct pollfd descriptor = {
		.fd = io->fd, .events = fault_direction(io) == FD_RECEIVE ? POLLIN : POLLOUT};
	const int saved_errno = errno;
	const int n = REAL(poll)(&descriptor, 1, 0);

	errno = saved_errno;
	return n != 0 || has_room(io) || has_input(io);
}

enum delay_state {
	DELAY_NONE, /* ask the rules: there was no delay, or a delay of a connect that is over */
	DELAY_OVER, /* make the call: an earlier try of the call got the fault */
	DELAY_LASTS /* the call is answered, with errno */
};

/* Ask whether an earlier fault delays the call, and end a delay that is over. */
static enum delay_state delay_of_earlier(struct io *io, bool blocks)
{
	const enum fd_direction direction = fault_direction(io);
	const int64_t until = delayed_any() ? delayed_until(io->fd, direction) : 0;
	const bool connects = delayed_connects(io->fd);
	const int error = io->operation == OPERATION_CONNECT && connects ? EALREADY : EAGAIN;

	if (until == 0)
		return DELAY_NONE;
	if (until > clock_now() && !(blocks ? fault_sleep(io, until) : fault_fail(error)))
		return DELAY_LASTS;
	delayed_release(io->fd, direction);
	return connects || until == DELAYED_EDGE ? DELAY_NONE : DELAY_OVER;
}

/* Remove the kinds that cannot be injected into the call. False where none is left. */
static bool is_concerned(struct io *io, struct fault *fault, bool blocks)
{
	unsigned int actions = 0;

	for (size_t i = 0; fault_kinds[i] != NULL; i++)
		if ((fault->actions & fault_kinds[i]->action) != 0 &&
		    (fault_kinds[i]->concerns == NULL || fault_kinds[i]->concerns(io, blocks)))
			actions |= fault_kinds[i]->action;
	fault->actions = actions;
	if ((actions & RULE_DELAY) == 0)
		fault->delay = 0;
	return actions != 0;
}

static bool inject(struct io *io, const struct fault *fault, bool blocks)
{
	/* The readiness becomes late, and the rest of the fault shows then. */
	const bool later = !blocks && io->operation != OPERATION_CONNECT && fault->delay != 0;

	for (size_t i = 0; fault_kinds[i] != NULL; i++) {
		const struct fault_kind *const kind = fault_kinds[i];

		if ((fault->actions & kind->action) == 0)
			continue;
		if (later && kind->later != NULL)
			kind->later(io, fault);
		else if (!later && !kind->before(io, fault, blocks))
			return false;
	}
	return !later || fault_fail(EAGAIN);
}

/* A fault that the rules ask for. */
static bool ask_and_inject(struct io *io, bool blocks)
{
	const struct report_call on = {.call = io->call,
				       .operation = io->operation,
				       .fd = io->fd,
				       .address = io->address,
				       .address_length = io->address_length};
	const unsigned int count = atomic_load(&change_count);
	struct rules_subject subject = subject_of(io);
	struct fault fault;

	io->fault.again = false;
	if (!fault_ask(&subject, io->operation, RULE_CALL_FAULTS, &fault)) {
		if (io->operation != OPERATION_CONNECT && !may_fault_later(io))
			unhook(io, count);
		else
			fault_watch_bytes(io, &subject);
		return true;
	}
	if (is_concerned(io, &fault, blocks) && fault_report(&fault, &on, NULL) &&
	    !inject(io, &fault, blocks))
		return false;
	fault_watch_bytes(io, &subject);
	return true;
}

/* The call is made after a delay that an earlier try of the call got. */
static bool before_delayed(struct io *io, bool blocks)
{
	struct rules_subject subject = subject_of(io);
	struct fault fault;

	if (fault_ask_rate(&subject, io->operation, &fault) &&
	    is_concerned(io, &fault, blocks) && !inject(io, &fault, blocks))
		return false;
	fault_watch_bytes(io, &subject);
	return true;
}

static bool before_socket(struct io *io, bool blocks)
{
	const enum delay_state delay = delay_of_earlier(io, blocks);

	if (delay != DELAY_NONE)
		return delay == DELAY_OVER && before_delayed(io, blocks);
	/* The datagram of before comes again. */
	if (io->operation == OPERATION_RECV && (io->state & FD_REPEATED) != 0 &&
	    (io->flags & MSG_PEEK) == 0) {
		fd_unlearn(io->fd, FD_REPEATED);
		return true;
	}
	if (rules_any(RULE_LOSS | RULE_DUPLICATE) && fault_is_datagram(io))
		fault_cut_batch(io);
	if (!blocks && io->operation != OPERATION_CONNECT && !is_ready(io))
		return true;
	/* A call that always fails never waits, so nothing else looks at the file of rules. */
	rules_refresh();
	do {
		if (!ask_and_inject(io, blocks))
			return false;
		if (io->fault.again && !blocks && !is_ready(io))
			return fault_fail(EAGAIN);
	} while (io->fault.again);
	return true;
}

bool fault_before(struct io *io)
{
	int status;

	if (io->operation > OPERATION_SEND)
		return true;
	if ((io->state & FD_SOCKET) == 0) {
		unhook(io, atomic_load(&change_count));
		return true;
	}
	/* These do not wait for urgent data or for the error queue. */
	if ((io->flags & (MSG_OOB | MSG_ERRQUEUE)) != 0)
		return true;
	status = kernel_flags(io->fd);
	/* The descriptor was closed meanwhile, or a filter forbids the question (seccomp(2)). */
	if (status < 0)
		return true;
	return before_socket(io, (io->flags & MSG_DONTWAIT) == 0 && (status & O_NONBLOCK) == 0);
}

ssize_t fault_after(struct io *io, ssize_t result)
{
	const unsigned int actions = io->fault.actions;

	if (io->fault.counted && result > 0)
		fd_count_moved(io->fd, io->state, fault_direction(io), fault_bytes(io, result));
	/* After a short count, a program with EPOLLET may wait for the next edge (epoll(7)). */
	if (io->limited && result > 0 && fault_bytes(io, result) == io->limit)
		delayed_set(io->fd, io->state, fault_direction(io), DELAYED_EDGE, false);
	for (size_t i = 0; actions != 0 && fault_kinds[i] != NULL; i++)
		if ((actions & fault_kinds[i]->action) != 0)
			result = fault_kinds[i]->after(io, result);
	return result == 0 ? fault_end(io, result) : result;
}
