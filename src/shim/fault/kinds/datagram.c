/*
 * The kinds `loss` and `duplicate`, of datagrams. Cold.
 *
 * A send that is lost claims success; a receive discards the datagram and goes on to the next one. A
 * duplicate is sent twice; a datagram that is received twice is received with MSG_PEEK first. A batch
 * (recvmmsg, sendmmsg) is cut to one datagram, so that each is asked about.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>

#include "calls/real.h"
#include "shim/fault/fault_inside.h"
#include "shim/io/batch.h"
#include "shim/io/vector.h"
#include "shim/system/memory.h"

static struct io_batch *batch_of(struct io *io)
{
	return io->call == CALL_recvmmsg || io->call == CALL_sendmmsg ? (struct io_batch *)io
								      : NULL;
}

/* A datagram of the call, which natively would be accepted as far as memory is concerned. */
static bool is_datagram(const struct io *io, bool blocks)
{
	const bool batch = io->call == CALL_recvmmsg || io->call == CALL_sendmmsg;

	(void)blocks;
	if (batch && ((const struct io_batch *)io)->count == 0)
		return false;
	if (io->operation == OPERATION_RECV)
		return (io->flags & MSG_PEEK) == 0 && fault_is_datagram(io);
	return io->operation == OPERATION_SEND && io->call != CALL_sendfile &&
	       io->call != CALL_sendfile64 && io->call != CALL_splice && fault_is_datagram(io);
}

void fault_cut_batch(struct io *io)
{
	struct io_batch *const batch = batch_of(io);

	if (batch != NULL && batch->count > 1)
		batch->count = 1;
}

/* The length of the message; false where its memory is not readable. */
static bool message_length(const struct msghdr *message, size_t *length)
{
	size_t count;

	if (!memory_readable(message, sizeof *message))
		return false;
	count = (size_t)message->msg_iovlen;
	if (count > IOV_MAX || !memory_readable(message->msg_iov, count * sizeof(struct iovec)))
		return false;
	*length = vector_length(message->msg_iov, count);
	return true;
}

/* The bytes that the call sends; false where the real call is to refuse the arguments. */
static bool sent_length(struct io *io, size_t *length)
{
	struct io_batch *const batch = batch_of(io);
	const struct msghdr vector = {.msg_iov = (struct iovec *)(uintptr_t)io->vector,
				      .msg_iovlen = (vector_count)io->count};

	if (batch != NULL)
		return batch->count != 0 &&
		       memory_readable(batch->messages, sizeof *batch->messages) &&
		       message_length(&batch->messages->msg_hdr, length);
	if (io->message != NULL)
		return message_length(io->message, length);
	if (io->vector != NULL)
		return message_length(&vector, length);
	*length = io->one.iov_len;
	return memory_readable(io->one.iov_base, *length);
}

/* Instead of the send. */
static ssize_t claim_success(struct io *io)
{
	struct io_batch *const batch = batch_of(io);
	size_t length = 0;

	(void)sent_length(io, &length);
	if (batch == NULL)
		return (ssize_t)length;
	batch->messages->msg_len = (unsigned int)length;
	return 1;
}

/* Take one datagram away. False where the call is answered, with errno. */
static bool discard(struct io *io, bool blocks)
{
	const int saved_errno = errno;

	if (blocks && !fault_wait_readable(io))
		return false;
	if (REAL(recv)(io->fd, NULL, 0, MSG_DONTWAIT | MSG_TRUNC) < 0 &&
	    !io_would_block(errno) && errno != EINTR)
		return false;
	errno = saved_errno;
	io->fault.again = true;
	return true;
}

static bool loss_before(struct io *io, const struct fault *fault, bool blocks)
{
	size_t length;

	(void)fault;
	if (io->operation == OPERATION_RECV)
		return discard(io, blocks);
	if (sent_length(io, &length))
		io->run = claim_success;
	return true;
}

const struct fault_kind fault_loss = {
	.action = RULE_LOSS,
	.name = "loss",
	.concerns = is_datagram,
	.before = loss_before,
};

/* read(2) and readv(2) that leave the datagram where it is. */
static ssize_t peek(struct io *io, int extra)
{
	struct iovec one = {io->one.iov_base, io->one.iov_len};
	struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1};

	if (io->vector != NULL) {
		message.msg_iov = (struct iovec *)(uintptr_t)io->vector;
		message.msg_iovlen = (vector_count)io->count;
	}
	return REAL(recvmsg)(io->fd, &message, extra | MSG_PEEK);
}

static bool duplicate_before(struct io *io, const struct fault *fault, bool blocks)
{
	(void)fault;
	(void)blocks;
	io->fault.actions |= RULE_DUPLICATE;
	if (io->operation != OPERATION_RECV)
		return true;
	io->flags |= MSG_PEEK;
	if (io->call == CALL_read || io->call == CALL_readv)
		io->make = peek;
	return true;
}

static ssize_t duplicate_after(struct io *io, ssize_t result)
{
	struct io_batch *const batch = batch_of(io);
	const int saved_errno = errno;
	ssize_t n = 0;

	if (result < 0)
		return result;
	if (io->operation == OPERATION_RECV)
		fd_learn(io->fd, io->state, FD_REPEATED);
	else if (batch == NULL)
		n = io->make(io, MSG_DONTWAIT);
	else if (result == 1)
		n = REAL(sendmsg)(io->fd, &batch->messages->msg_hdr, io->flags | MSG_DONTWAIT);
	/* The duplicate took the error that the first datagram caused, such as ECONNREFUSED. */
	if (n < 0 && !io_would_block(errno))
		(void)fault_fail_later(io->fd, io->state, errno, false);
	errno = saved_errno;
	return result;
}

const struct fault_kind fault_duplicate = {
	.action = RULE_DUPLICATE,
	.name = "duplicate",
	.concerns = is_datagram,
	.before = duplicate_before,
	.after = duplicate_after,
};
