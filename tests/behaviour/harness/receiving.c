/*
 * The calls and sockets of receiving.h.
 */
#include "config.h"

#include "harness/receiving.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>

/* libc's other names; no header declares them to a program that is not fortified. */
ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t buffer_size, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t buffer_size, int flags,
		       struct sockaddr *address, socklen_t *address_length);
ssize_t __read_chk(int fd, void *buffer, size_t length, size_t buffer_size);
ssize_t __read(int fd, void *buffer, size_t length);

static long by_recv(int fd, void *buffer, size_t length, int flags)
{
	return recv(fd, buffer, length, flags);
}

static long by_recvfrom(int fd, void *buffer, size_t length, int flags)
{
	struct sockaddr_storage address;
	socklen_t address_length = sizeof address;

	return recvfrom(fd, buffer, length, flags, (struct sockaddr *)&address,
			&address_length);
}

/* Two pieces, so that the vector is one. */
static int split(struct iovec vector[2], void *buffer, size_t length)
{
	vector[0] = (struct iovec){buffer, length / 2};
	vector[1] = (struct iovec){(char *)buffer + length / 2, length - length / 2};
	return 2;
}

static long by_recvmsg(int fd, void *buffer, size_t length, int flags)
{
	struct iovec vector[2];
	struct msghdr message = {.msg_iov = vector,
				 .msg_iovlen = (size_t)split(vector, buffer, length)};

	return recvmsg(fd, &message, flags);
}

static long by_recvmmsg(int fd, void *buffer, size_t length, int flags)
{
	struct iovec vector[2];
	struct mmsghdr message = {
		.msg_hdr = {.msg_iov = vector,
			    .msg_iovlen = (size_t)split(vector, buffer, length)}};
	const int n = recvmmsg(fd, &message, 1, flags, NULL);

	return n == 1 ? (long)message.msg_len : n;
}

static long by_read(int fd, void *buffer, size_t length, int flags)
{
	(void)flags;
	return read(fd, buffer, length);
}

static long by_readv(int fd, void *buffer, size_t length, int flags)
{
	struct iovec vector[2];

	(void)flags;
	return readv(fd, vector, split(vector, buffer, length));
}

static long by_recv_chk(int fd, void *buffer, size_t length, int flags)
{
	return __recv_chk(fd, buffer, length, length, flags);
}

static long by_recvfrom_chk(int fd, void *buffer, size_t length, int flags)
{
	return __recvfrom_chk(fd, buffer, length, length, flags, NULL, NULL);
}

static long by_read_chk(int fd, void *buffer, size_t length, int flags)
{
	(void)flags;
	return __read_chk(fd, buffer, length, length);
}

static long by_read_alias(int fd, void *buffer, size_t length, int flags)
{
	(void)flags;
	return __read(fd, buffer, length);
}

static long by_splice(int fd, void *buffer, size_t length, int flags)
{
	int ends[2];
	long n;

	(void)flags;
	if (pipe(ends) != 0)
		return -2;
	errno = EXDEV;
	n = splice(fd, NULL, ends[1], NULL, length, 0);
	if (n > 0 && read(ends[0], buffer, length) != n)
		n = -3;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return n;
}

const struct receiver receivers[] = {
	{"recv", by_recv, true},
	{"recvfrom", by_recvfrom, true},
	{"recvmsg", by_recvmsg, true},
	{"recvmmsg", by_recvmmsg, true},
	{"read", by_read, false},
	{"readv", by_readv, false},
	{"__recv_chk", by_recv_chk, true},
	{"__recvfrom_chk", by_recvfrom_chk, true},
	{"__read_chk", by_read_chk, false},
	{"__read", by_read_alias, false},
	{"splice", by_splice, false},
};
const int receiver_count = sizeof receivers / sizeof *receivers;

const struct receiver *receiver_named(const char *name)
{
	for (int i = 0; i < receiver_count; i++)
		if (strcmp(receivers[i].name, name) == 0)
			return &receivers[i];
	ck_abort_msg("there is no %s", name);
	return NULL;
}

void reception_run(struct reception *reception)
{
	errno = EXDEV;
	reception->started = now_ms();
	reception->result = reception->receiver->call(reception->pair[0], reception->buffer,
						      reception->length, reception->flags);
	reception->error = errno;
	reception->ended = now_ms();
}

static void *run_in_thread(void *reception)
{
	reception_run(reception);
	return NULL;
}

void reception_start(struct reception *reception)
{
	reception->thread = background(&reception->tid, run_in_thread, reception);
}

void reception_join(struct reception *reception)
{
	ck_assert_int_eq(pthread_join(reception->thread, NULL), 0);
}

void ck_received(const struct reception *reception, const void *bytes, size_t length)
{
	ck_assert_msg(reception->result == (long)length && reception->error == EXDEV,
		      "%s on %s gave %ld in place of %zu, errno is %s",
		      reception->receiver->name, reception->kind->name, reception->result,
		      length, strerror(reception->error));
	ck_assert_mem_eq(reception->buffer, bytes, length);
}

void ck_refused(const struct reception *reception, int error, double least_ms, double most_ms)
{
	const double took = reception->ended - reception->started;

	ck_assert_msg(took < most_ms, LATE "%s on %s: %.0f ms, not %.0f ms",
		      reception->receiver->name, reception->kind->name, took, most_ms);
	ck_assert_msg(reception->result == -1 && reception->error == error && took >= least_ms,
		      "%s on %s gave %ld after %.1f ms, errno is %s, not %s",
		      reception->receiver->name, reception->kind->name, reception->result, took,
		      strerror(reception->error), strerror(error));
}

void ck_receives(struct reception *reception, const void *bytes, size_t length)
{
	reception_run(reception);
	ck_received(reception, bytes, length);
}

void ck_refuses(struct reception *reception, int error, double least_ms, double most_ms)
{
	reception_run(reception);
	ck_refused(reception, error, least_ms, most_ms);
}

void ck_passes(struct reception *reception, const void *bytes, size_t length)
{
	give(reception->pair[1], bytes, length);
	ck_receives(reception, bytes, length);
}

struct reception *every_reception(int *count)
{
	struct reception *all;

	*count = receiver_count * kind_count;
	all = calloc((size_t)*count, sizeof *all);
	ck_assert_ptr_nonnull(all);
	for (int i = 0; i < *count; i++) {
		all[i].receiver = &receivers[i / kind_count];
		all[i].kind = &kinds[i % kind_count];
		all[i].length = sizeof all[i].buffer;
		kind_pair(all[i].kind, all[i].pair);
	}
	return all;
}

void run_together(struct reception *receptions, int count)
{
	for (int i = 0; i < count; i++)
		reception_start(&receptions[i]);
	for (int i = 0; i < count; i++)
		reception_join(&receptions[i]);
}

void wait_until_there(int fd, int count)
{
	const double end = now_ms() + HANG_MS;
	int there;

	for (;;) {
		ck_assert_int_eq(ioctl(fd, FIONREAD, &there), 0);
		if (there == count)
			return;
		ck_assert_msg(now_ms() < end, "%d bytes are there, not %d", there, count);
		(void)poll(NULL, 0, 1);
	}
}

void wait_until_taken(int fd)
{
	wait_until_there(fd, 0);
}

void give(int fd, const void *bytes, size_t length)
{
	ck_assert_int_eq(send(fd, bytes, length, 0), (int)length);
}

void reset(int fd)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 0};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
	ck_assert_int_eq(close(fd), 0);
}

void set_receive_timeout(int fd, int milliseconds)
{
	const struct timeval timeout = {milliseconds / 1000, milliseconds % 1000 * 1000};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout), 0);
}

int receive_timeout(int fd)
{
	struct timeval timeout;
	socklen_t length = sizeof timeout;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, &length), 0);
	return (int)(timeout.tv_sec * 1000 + (timeout.tv_usec + 500) / 1000);
}
