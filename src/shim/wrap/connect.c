/*
 * connect: abandoned at the deadline, as after the kernel's own ETIMEDOUT. Cold: a connect is
 * never free.
 *
 * The kernel's timer does the waiting (SO_SNDTIMEO bounds connect, socket(7)): it leaves the file's
 * O_NONBLOCK alone, which other processes may share, and is the only bound on a full AF_UNIX
 * listener, which poll calls ready.
 */
#include "config.h"

#include <errno.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/gate.h"
#include "shim/wait/judge.h"
#include "shim/system/kernel.h"
#include "shim/config/rules.h"
#include "shim/io/tcp.h"

static int connect_with(int fd, const struct sockaddr *address, socklen_t length, uint32_t hint)
{
	struct gate gate = GATE_FOR(connect, CONNECT, fd, hint);
	const int saved_errno = errno;
	bool pending = false;
	int result;

	judge_begin(fd);
	if (rules_any(RULES_BY_ADDRESS))
		judge_connect(fd, hint, address, length);
	if (rules_any(TCP_ACTIONS))
		tcp_connecting(fd, hint, address, length);
	gate.address = address;
	gate.address_length = length;
	/* Datagram sockets only note the address. */
	if (hint_native(hint) || (hint & (HINT_MESSAGES | HINT_SEQUENCED)) == HINT_MESSAGES ||
	    gate_enter(&gate) != GATE_RETRY)
		return REAL(connect)(fd, address, length);
	gate.blind = true;
	GATE_COMPLETE(result, &gate, -1,
		      (result = REAL(connect)(fd, address, length), gate.over = result >= 0,
		       pending = result < 0 && (errno == EINPROGRESS || errno == EALREADY),
		       result));
	if (result < 0 && errno == ETIMEDOUT && pending && hint_current(fd, hint))
		kernel_abandon(fd);
	if (result >= 0)
		errno = saved_errno;
	return result;
}

COLD static int connect_attended(int fd, const struct sockaddr *address, socklen_t length,
				 uint32_t hint)
{
	struct attention attention =
		ATTENTION_FOR(connect, OPERATION_CONNECT, -1, fd, hint, ARGUMENT(fd),
			      ARGUMENT(address), ARGUMENT(length));
	int result;

	ATTEND(result, &attention, connect_with(fd, address, length, attention.hint));
	return result;
}

int wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	const uint32_t hint = hint_get(fd);

	if (hint_wants_attention(hint))
		return connect_attended(fd, address, length, hint);
	return connect_with(fd, address, length, hint);
}
CALL_ALIAS(__connect, connect);
