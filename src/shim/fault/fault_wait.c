/*
 * Faults of readiness waits. Cold.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "shim/fault/fault_inside.h"
#include "shim/system/kernel.h"
#include "shim/wait/late.h"
#include "shim/wait/walk.h"

/* Some rule asks for the address, family, … of a socket in a wait. */
static atomic_bool by_socket;
/* Changes of the rules, and of the members of epoll sets. */
static atomic_uint change_count;

void fault_wait_rules(const struct policy *policy)
{
	const unsigned int asks =
		policy != NULL ? policy_asks(policy, OPERATION_WAIT, RULE_CHAOS_ACTIONS) : 0;

	atomic_store(&by_socket, (asks & ~POLICY_ASKS_AGE) != 0);
	atomic_fetch_add(&change_count, 1);
	fd_unlearn_all(FD_NO_WAIT_FAULT);
}

/* Remember that no rule concerns waits for fd, whose state was `seen`, unless something has changed since
 * change_count was `count`. */
static void learn(int fd, uint64_t seen, unsigned int count)
{
	fd_learn(fd, seen, FD_NO_WAIT_FAULT);
	if (atomic_load(&change_count) != count)
		fd_unlearn(fd, FD_NO_WAIT_FAULT);
}

/* What the rules ask for (`asks`) cannot change while the number means this file. This holds for files,
 * listeners and connected streams. Another stream may be connected, also by another number or in another
 * process; a datagram socket may be connected anew. (A name that is looked up after the first call does not
 * count, as in fault_call.c.) */
static bool is_settled(struct rules_subject *subject, const struct policy_call *call,
		       unsigned int asks)
{
	if ((asks & POLICY_ASKS_ADDRESS) == 0 || !fd_is_socket(subject->fd, subject->state))
		return true;
	if (call->address == NULL)
		return kernel_is_listening(subject->fd);
	return fd_is_stream(subject->fd, subject->state);
}

/* FD_NO_WAIT_FAULT of an epoll descriptor is about the members of the set. An anonymous inode, which may be
 * an epoll set, has no type (fs/libfs.c: alloc_anon_inode). */
static bool is_no_set(int fd)
{
	struct stat status;

	return kernel_status(fd, &status) == 0 && (status.st_mode & S_IFMT) != 0;
}

/* No rule can concern a wait for the descriptor any more. Remembered until the number is connected or closed,
 * or the rules change. (A connected stream that is disconnected by another number is not noticed.) */
static bool is_free(struct rules_subject *subject)
{
	const unsigned int count = atomic_load(&change_count);
	const struct policy *policy;
	struct policy_call call;
	unsigned int slot;
	bool free;

	if ((subject->state & FD_NO_WAIT_FAULT) != 0)
		return true;
	policy = rules_hold(&slot);
	if (policy == NULL)
		return true;
	rules_find_out(subject, policy, OPERATION_WAIT, RULE_CHAOS_ACTIONS, &call);
	call.settled = is_settled(subject, &call,
				  policy_asks(policy, OPERATION_WAIT, RULE_CHAOS_ACTIONS));
	free = call.settled && !policy_may_fault(policy, &call);
	rules_release(slot);
	if (free && is_no_set(subject->fd))
		learn(subject->fd, subject->state, count);
	return free;
}

/* A thread that reads the members of the set meanwhile finds the member, or the change of the count.
 * (A member that is added by a duplicate of the set's descriptor, or in another process, is not noticed.) */
void fault_member(int set, int fd)
{
	struct rules_subject subject = {.fd = fd, .state = fd_state(fd)};

	atomic_fetch_add(&change_count, 1);
	if ((fd_state(set) & FD_NO_WAIT_FAULT) != 0 && !is_free(&subject))
		fd_unlearn(set, FD_NO_WAIT_FAULT);
}

/* The search for a fault, descriptor by descriptor. */
struct search {
	struct fault *fault;
	int fd; /* of the fault; -1: none was found */
	bool any, all_free;
};

/* APART: a descriptor without faults needs no room for a subject. */
APART static void search_at(struct search *search, int fd)
{
	struct rules_subject subject = {.fd = fd, .state = fd_state(fd)};

	rules_refresh();
	if (fault_ask(&subject, OPERATION_WAIT, RULE_CALL_FAULTS, search->fault))
		search->fd = fd;
	search->all_free = search->fd < 0 && is_free(&subject) && search->all_free;
}

static void search_next(struct search *search, const struct wait_interest *interest)
{
	if (search->fd < 0 && (fd_state(interest->fd) & FD_NO_WAIT_FAULT) == 0)
		search_at(search, interest->fd);
}

/* APART: a wait without a set needs no room for a walk. */
APART static void search_set(struct search *search, struct wait *wait, uint64_t seen)
{
	const unsigned int count = atomic_load(&change_count);
	struct walk walk = WALK_TOP(wait);
	struct wait_interest interest;

	/* The end of the walk closes the list of the set. */
	while (walk_next(&walk, &interest)) {
		search_next(search, &interest);
		search->any = true;
	}
	/* A rule that concerns every descriptor concerns the members: so none concerns the set as a member of
	 * another wait. */
	if (search->any && search->all_free)
		learn(wait->set, seen, count);
}

/* Ask for a fault of one descriptor after the other, until a rule fires. Returns that descriptor, or -1. */
static int ask_for_each(struct wait *wait, struct fault *fault)
{
	struct search search = {.fault = fault, .fd = -1, .all_free = true};
	struct wait_interest interest;
	size_t position = 0;
	uint64_t seen;

	if (wait->set < 0) {
		while (wait->kind->next(wait, &position, &interest))
			search_next(&search, &interest);
		return search.fd;
	}
	seen = fd_state(wait->set);
	if ((seen & FD_NO_WAIT_FAULT) == 0)
		search_set(&search, wait, seen);
	return search.fd;
}

/* Ask for a fault of the wait. *fd is the descriptor of the fault, or -1. */
static bool ask(struct wait *wait, int *fd, struct fault *fault)
{
	struct rules_subject nobody = {.fd = -1};

	if (atomic_load_explicit(&by_socket, memory_order_relaxed)) {
		*fd = ask_for_each(wait, fault);
		return *fd >= 0;
	}
	rules_refresh();
	*fd = -1;
	return fault_ask(&nobody, OPERATION_WAIT, RULE_CALL_FAULTS, fault);
}

/* Faults are the only reason why waits are examined. */
static bool is_only_reason(void)
{
	return atomic_load_explicit(&fd_examined, memory_order_relaxed) == FD_EXAMINE &&
	       wait_thread.quiet_since == 0;
}

/* Inject the fault. Returns as fault_wait. */
static bool inject(struct wait *wait, const struct fault *fault)
{
	if ((fault->actions & RULE_ERROR) != 0)
		wait->blind = DEADLINE_NEVER;
	else if ((fault->actions & RULE_BLACKHOLE) != 0)
		wait->blind = fault->ends;
	else
		wait->blind = clock_deadline(clock_now(), fault->delay);
	if ((fault->actions & RULE_ERROR) == 0)
		return true;
	/* A signal handler ends the delay, and the call fails with EINTR. */
	if (fault->delay == 0 || late_make(wait, fault->delay) == 0)
		errno = fault->error;
	return false;
}

bool fault_wait(struct wait *wait, int *result)
{
	struct report_call on = {.call = wait->call, .operation = OPERATION_WAIT};
	struct fault fault;

	/* A poll with a timeout of 0 does not wait. */
	if (wait->own == 0)
		return true;
	/* The real call refuses a bad pointer; after the real call the program's sets may be read. An epoll
	 * set may not find its events again, so a look has to wait for the rules. */
	*result = wait->set < 0 ? wait->kind->make(wait, 0) : 0;
	if (*result < 0)
		return false;
	if (ask(wait, &on.fd, &fault)) {
		fault.actions &= RULE_ERROR | RULE_BLACKHOLE | RULE_DELAY;
		if (fault.actions != 0 && fault_report(&fault, &on, NULL)) {
			*result = -1;
			return inject(wait, &fault);
		}
	}
	if (!is_only_reason())
		return true;
	if (wait->set >= 0)
		*result = wait->kind->make(wait, 0);
	return *result == 0;
}
