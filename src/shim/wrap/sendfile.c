/*
 * sendfile and splice: there is no MSG_DONTWAIT for them, so the kernel's timer bounds them. They wait
 * in the real call by a kept timer (shim/io/timer.h), what sends in slices (shim/io/slice.h): free from the
 * second call on a socket on. On one that was not made here it is 2 system calls more, none on what
 * is no socket.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "base/duration.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/io/bound.h"
#include "shim/io/gate.h"
#include "shim/system/kernel.h"
#include "shim/io/slice.h"
#include "shim/fd/socket.h"

/* So much is little: to a socket that takes messages it is sent as one, or in two parts. */
#define LITTLE ((size_t)16 << 10)

/* gate, for a call that sends count bytes, is ready to be entered. */
static void send_in_slices(struct gate *gate, size_t count)
{
	gate->slice = BOUND_SLICE;
	gate->keeps = (gate->hint & HINT_MESSAGES) == 0 || count <= LITTLE;
}

/* One call of either kind: their offsets differ in size, which only the real function knows. */
static ssize_t sendfile_real(enum call call, int out, int in, void *offset, size_t count)
{
	return call == CALL_sendfile ? REAL(sendfile)(out, in, offset, count)
				     : REAL(sendfile64)(out, in, offset, count);
}

/* There is no more in the file, as far as can be told: what is no regular one has to be read. */
COLD static bool is_at_end(const struct gate *gate, int in, const void *offset)
{
	struct stat status;
	int64_t position;

	/* FIONREAD has only 32 bits to tell in. */
	if (offset == NULL && kernel_readable(in) > 0)
		return false;
	if (offset == NULL)
		position = kernel_position(in);
	else
		position = gate->call == CALL_sendfile ? *(const off_t *)offset
						       : *(const off64_t *)offset;
	return kernel_status(in, &status) == 0 && S_ISREG(status.st_mode) &&
	       position >= status.st_size;
}

/* Everything, in portions. */
static ssize_t sendfile_portions(struct gate *gate, int in, void *offset, size_t count)
{
	size_t done = 0;
	ssize_t n;

	do {
		const size_t portion = slice_portion(gate, count - done);

		GATE_COMPLETE(n, gate, -1,
			      sendfile_real(gate->call, gate->fd, in, offset, portion));
		if (n <= 0)
			break;
		done += (size_t)n;
		gate->progress = done;
		if ((size_t)n == portion)
			gate->empty = 0;
		else if (!slice_was_cut(gate, (size_t)n, portion) ||
			 is_at_end(gate, in, offset))
			break;
	} while (done < count);
	slice_learn(gate);
	return done == 0 ? n : (ssize_t)done;
}

static ssize_t sendfile_bounded(struct gate *gate, int in, void *offset, size_t count)
{
	const int saved_errno = errno;
	int cancellation;
	ssize_t n;

	send_in_slices(gate, count);
	if (hint_native(gate->hint) || gate_enter(gate) != GATE_RETRY)
		return sendfile_real(gate->call, gate->fd, in, offset, count);
	gate->blind = true;
	/* sendfile is no cancellation point in glibc, and poll is one. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
	n = sendfile_portions(gate, in, offset, count);
	(void)pthread_setcancelstate(cancellation, NULL);
	if (n >= 0)
		errno = saved_errno;
	return n;
}

COLD static ssize_t sendfile_attended(struct gate *gate, int in, void *offset, size_t count)
{
	struct attention attention = ATTENTION_FOR(sendfile, OPERATION_SEND, -1, gate->fd,
						   gate->hint, ARGUMENT(gate->fd), ARGUMENT(in),
						   ARGUMENT(offset), ARGUMENT(count));
	ssize_t n;

	attention.call = gate->call;
	ATTEND(n, &attention,
	       (gate->hint = attention.hint,
		sendfile_bounded(gate, in, offset, attention_limited(&attention, count))));
	return n;
}

static ssize_t sendfile_with(struct gate *gate, int in, void *offset, size_t count)
{
	return hint_wants_attention(gate->hint) ? sendfile_attended(gate, in, offset, count)
						: sendfile_bounded(gate, in, offset, count);
}

ssize_t wrap_sendfile(int out, int in, off_t *offset, size_t count)
{
	struct gate gate = GATE_FOR(sendfile, SEND, out, hint_get(out));

	return sendfile_with(&gate, in, offset, count);
}

ssize_t wrap_sendfile64(int out, int in, off64_t *offset, size_t count)
{
	struct gate gate = GATE_FOR(sendfile64, SEND, out, hint_get(out));

	return sendfile_with(&gate, in, offset, count);
}

/* Wait for the first byte in the pipe, as long as that takes: it is no wait on a socket, and no
 * timer is to be set on the socket meanwhile. 0 or -EINTR; then the socket's time begins. */
static int splice_begin(struct gate *gate, int in, unsigned int flags)
{
	struct gate pipe = GATE_FOR(splice, RECV, in, hint_get(in));
	int verdict = GATE_RETRY;

	if ((flags & SPLICE_F_NONBLOCK) == 0 && kernel_readable(in) == 0 &&
	    (kernel_flags(in) & O_NONBLOCK) == 0) {
		pipe.entered = true;
		pipe.deadline = DEADLINE_NEVER;
		verdict = gate_wait(&pipe);
		gate_leave(&pipe);
	}
	gate->started = clock_now();
	gate->deadline = gate->timeout == DURATION_NONE
				 ? DEADLINE_NEVER
				 : clock_deadline(gate->started, gate->timeout);
	return verdict;
}

/* One call. It is not to be waited for any longer where it is the pipe that has nothing. */
static ssize_t splice_piece(struct gate *gate, int in, off64_t *in_offset, off64_t *out_offset,
			    size_t length, unsigned int flags)
{
	const ssize_t n = REAL(splice)(in, in_offset, gate->fd, out_offset, length, flags);

	gate->over = n < 0 && errno == EAGAIN && kernel_readable(in) <= 0;
	return n;
}

/* Out of a pipe into a socket: everything that is in the pipe, up to length. */
static ssize_t splice_portions(struct gate *gate, int in, off64_t *in_offset,
			       off64_t *out_offset, size_t length, unsigned int flags)
{
	size_t done = 0;
	ssize_t n;

	do {
		const size_t portion = slice_portion(gate, length - done);
		/* An empty pipe has been waited for, where that was asked for. */
		const unsigned int now = done == 0 ? flags : flags | SPLICE_F_NONBLOCK;

		GATE_COMPLETE(n, gate, -1,
			      splice_piece(gate, in, in_offset, out_offset, portion, now));
		if (n <= 0)
			break;
		done += (size_t)n;
		gate->progress = done;
		if ((size_t)n == portion)
			gate->empty = 0;
		else if (!slice_was_cut(gate, (size_t)n, portion))
			break;
	} while (done < length && kernel_readable(in) > 0);
	slice_learn(gate);
	return done == 0 ? n : (ssize_t)done;
}

static ssize_t splice_out(struct gate *gate, int in, off64_t *in_offset, off64_t *out_offset,
			  size_t length, unsigned int flags)
{
	const int saved_errno = errno;
	int begun = 0;
	ssize_t n = -1;

	gate->blind = true;
	gate->over = true;
	/* By the kept timer: what it tells is about the socket only if the pipe is not waited for. */
	if (gate->kept) {
		n = splice_portions(gate, in, in_offset, out_offset, length,
				    flags | SPLICE_F_NONBLOCK);
		gate->over = n < 0 && errno == EAGAIN && gate->over &&
			     (flags & SPLICE_F_NONBLOCK) == 0;
	}
	if (gate->over) {
		gate->over = false;
		begun = splice_begin(gate, in, flags);
		if (begun == 0)
			n = splice_portions(gate, in, in_offset, out_offset, length, flags);
		else
			errno = -begun;
	}
	if (n >= 0)
		errno = saved_errno;
	return begun < 0 ? -1 : n;
}

static ssize_t splice_with(int in, off64_t *in_offset, int out, off64_t *out_offset,
			   size_t length, unsigned int flags, uint32_t in_hint,
			   uint32_t out_hint)
{
	struct gate from = GATE_FOR(splice, RECV, in, in_hint);
	struct gate to = GATE_FOR(splice, SEND, out, out_hint);
	const int saved_errno = errno;
	ssize_t n;

	/* One of the two is a pipe (splice(2)), so at most one is a socket. */
	from.keeps = true;
	if (!hint_native(from.hint) && gate_enter(&from) == GATE_RETRY) {
		from.blind = true;
		GATE_COMPLETE(n, &from, -1,
			      REAL(splice)(in, in_offset, out, out_offset, length, flags));
		if (n >= 0)
			errno = saved_errno;
		return n;
	}
	send_in_slices(&to, length);
	if (!hint_native(to.hint) && gate_enter(&to) == GATE_RETRY)
		return splice_out(&to, in, in_offset, out_offset, length, flags);
	return REAL(splice)(in, in_offset, out, out_offset, length, flags);
}

/* Seen as a call on the socket of the two. */
COLD static ssize_t splice_attended(int in, off64_t *in_offset, int out, off64_t *out_offset,
				    size_t length, unsigned int flags, uint32_t in_hint,
				    uint32_t out_hint)
{
	const bool receives = socket_is(in, in_hint);
	struct attention attention = ATTENTION_FOR(
		splice, receives ? OPERATION_RECV : OPERATION_SEND, -1, receives ? in : out,
		receives ? in_hint : out_hint, ARGUMENT(in), ARGUMENT(in_offset), ARGUMENT(out),
		ARGUMENT(out_offset), ARGUMENT(length), ARGUMENT(flags));
	ssize_t n;

	ATTEND(n, &attention,
	       splice_with(in, in_offset, out, out_offset,
			   attention_limited(&attention, length), flags, hint_get(in),
			   hint_get(out)));
	return n;
}

ssize_t wrap_splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length,
		    unsigned int flags)
{
	const uint32_t in_hint = hint_get(in), out_hint = hint_get(out);

	if (hint_wants_attention(in_hint) || hint_wants_attention(out_hint))
		return splice_attended(in, in_offset, out, out_offset, length, flags, in_hint,
				       out_hint);
	return splice_with(in, in_offset, out, out_offset, length, flags, in_hint, out_hint);
}
