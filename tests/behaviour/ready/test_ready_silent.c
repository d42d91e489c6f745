/*
 * Quiet sockets fail, are reported until a call returns the error, and are native again.
 */
#include "config.h"

#include "harness/waiting.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

EACH_TEST(several, SHORT, WAITER_COUNT)
{
	struct wait wait;
	int pair[4][2];

	wait_open(&wait, (enum waiter)_i);
	for (int i = 0; i < 4; i++) {
		open_pair((enum pair)(i % PAIR_COUNT), pair[i]);
		wait_add(&wait, pair[i][0], POLLIN);
	}
	wait_fails(&wait);
	/* Each is reported until a call on it returns the error. */
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(wait_for(&wait, i == 2 ? 0 : -1), 4 - i);
		for (int k = 0; k < 4; k++)
			ck_assert_int_eq(wait.member[k].revents,
					 k < i ? 0 : wait_dead(&wait, k));
		ck_told(pair[i][0]);
	}
	ck_assert_int_eq(wait_for(&wait, 0), 0);
	wait_close(&wait);
}

/* While one is failing, another becomes ready. */
EACH_TEST(failed_and_ready, SHORT, WAITER_COUNT)
{
	struct wait wait;
	int pair[2][2];

	wait_open(&wait, (enum waiter)_i);
	for (int i = 0; i < 2; i++) {
		open_pair(PAIR_TCP, pair[i]);
		wait_add(&wait, pair[i][0], POLLIN);
	}
	wait_fails(&wait);
	ck_told(pair[0][0]);
	ck_assert_int_eq(send(pair[0][1], "x", 1, 0), 1);
	ck_assert_int_eq(send(pair[1][1], "x", 1, 0), 1);
	while (wait_for(&wait, -1) < 2)
		;
	ck_assert_int_eq(wait.member[0].revents, POLLIN);
	ck_dead(&wait, 1);
	ck_failed(recv(pair[1][0], (char[1]){0}, 1, 0), ETIMEDOUT);
	ck_assert_int_eq(recv(pair[1][0], (char[1]){0}, 1, 0), 1);
	wait_close(&wait);
}

/* The calls that return the error, each on a socket of its own; all have failed. */
struct teller {
	const char *name;
	ssize_t (*call)(int fd);
	int after; /* the errno of the next try; 0: success */
};

static char buffer[64];
static struct iovec vector[1] = {{buffer, 1}};

static ssize_t tell_recv(int fd)
{
	return recv(fd, buffer, 1, 0);
}

static ssize_t tell_recv_peek(int fd)
{
	return recv(fd, buffer, 1, MSG_PEEK | MSG_DONTWAIT);
}

static ssize_t tell_recvfrom(int fd)
{
	return recvfrom(fd, buffer, 1, 0, NULL, NULL);
}

static ssize_t tell_recvmsg(int fd)
{
	struct msghdr message = {.msg_iov = vector, .msg_iovlen = 1};

	return recvmsg(fd, &message, 0);
}

static ssize_t tell_recvmmsg(int fd)
{
	struct mmsghdr message = {.msg_hdr = {.msg_iov = vector, .msg_iovlen = 1}};

	return recvmmsg(fd, &message, 1, 0, NULL);
}

static ssize_t tell_read(int fd)
{
	return read(fd, buffer, 1);
}

static ssize_t tell_readv(int fd)
{
	return readv(fd, vector, 1);
}

static ssize_t tell_send(int fd)
{
	return send(fd, buffer, 1, 0);
}

static ssize_t tell_sendto(int fd)
{
	return sendto(fd, buffer, 1, MSG_DONTWAIT, NULL, 0);
}

static ssize_t tell_sendmsg(int fd)
{
	struct msghdr message = {.msg_iov = vector, .msg_iovlen = 1};

	return sendmsg(fd, &message, 0);
}

static ssize_t tell_sendmmsg(int fd)
{
	struct mmsghdr message = {.msg_hdr = {.msg_iov = vector, .msg_iovlen = 1}};

	return sendmmsg(fd, &message, 1, 0);
}

static ssize_t tell_write(int fd)
{
	return write(fd, buffer, 1);
}

static ssize_t tell_writev(int fd)
{
	return writev(fd, vector, 1);
}

static ssize_t tell_sendfile(int fd)
{
	const int file = open("/proc/self/exe", O_RDONLY);
	const ssize_t n = sendfile(fd, file, NULL, 1);
	const int error = errno;

	ck_assert_int_eq(close(file), 0);
	errno = error;
	return n;
}

static ssize_t tell_splice(int fd)
{
	int ends[2];
	ssize_t n;
	int error;

	ck_assert_int_eq(pipe(ends), 0);
	n = splice(fd, NULL, ends[1], NULL, 1, 0);
	error = errno;
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(close(ends[1]), 0);
	errno = error;
	return n;
}

static ssize_t tell_splice_out(int fd)
{
	int ends[2];
	ssize_t n;
	int error;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	n = splice(ends[0], NULL, fd, NULL, 1, 0);
	error = errno;
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(close(ends[1]), 0);
	errno = error;
	return n;
}

/* SO_ERROR as an error. */
static ssize_t tell_option(int fd)
{
	int error = -1;
	socklen_t length = sizeof error;

	errno = EXDEV;
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(length, sizeof error);
	errno = error;
	return error == 0 ? 0 : -1;
}

static ssize_t tell_connect(int fd)
{
	struct sockaddr_in address;
	socklen_t length = sizeof address;

	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&address, &length), 0);
	return connect(fd, (struct sockaddr *)&address, length);
}

static const struct teller tellers[] = {
	{"recv", tell_recv, EAGAIN},         {"recv MSG_PEEK", tell_recv_peek, EAGAIN},
	{"recvfrom", tell_recvfrom, EAGAIN}, {"recvmsg", tell_recvmsg, EAGAIN},
	{"recvmmsg", tell_recvmmsg, EAGAIN}, {"read", tell_read, EAGAIN},
	{"readv", tell_readv, EAGAIN},       {"send", tell_send, 0},
	{"sendto", tell_sendto, 0},          {"sendmsg", tell_sendmsg, 0},
	{"sendmmsg", tell_sendmmsg, 0},      {"write", tell_write, 0},
	{"writev", tell_writev, 0},          {"sendfile", tell_sendfile, 0},
	{"splice", tell_splice, EAGAIN},     {"splice out", tell_splice_out, 0},
	{"getsockopt", tell_option, 0},      {"connect", tell_connect, EISCONN},
};

#define TELLERS ((int)(sizeof tellers / sizeof *tellers))

EACH_TEST(told, SHORT, 2)
{
	struct wait wait;
	int pair[TELLERS][2];

	wait_open(&wait, _i == 0 ? WAITER_POLL : WAITER_EPOLL_WAIT);
	for (int i = 0; i < TELLERS; i++) {
		open_pair(PAIR_TCP, pair[i]);
		wait_add(&wait, pair[i][0], POLLIN);
	}
	wait_fails(&wait);
	for (int i = 0; i < TELLERS; i++) {
		const struct teller *const teller = &tellers[i];
		const int fd = pair[i][0];
		ssize_t n;

		/* Each returns the error once, and of its own socket only. */
		ck_assert_int_eq(wait_for(&wait, 0), TELLERS - i);
		n = teller->call(fd);
		ck_assert_msg(n == -1 && errno == ETIMEDOUT, "%s: %zd, %s", teller->name, n,
			      strerror(errno));
		ck_assert_int_eq(wait_for(&wait, 0), TELLERS - i - 1);
		n = teller->call(fd);
		if (teller->after == 0)
			ck_assert_msg(n >= 0, "%s: %s", teller->name, strerror(errno));
		else
			ck_assert_msg(n == -1 && errno == teller->after, "%s: %zd, %s",
				      teller->name, n, strerror(errno));
	}
	wait_close(&wait);
}

/* A call on a blocking socket returns the error before it waits. */
BEHAVIOUR_TEST(told_blocking, SHORT)
{
	struct wait wait;
	int pair[2];
	double started;

	tcp_pair(pair);
	wait_open(&wait, WAITER_POLL);
	wait_add(&wait, pair[0], POLLIN);
	wait_fails(&wait);
	started = now_ms();
	ck_failed(recv(pair[0], buffer, 1, 0), ETIMEDOUT);
	ck_assert_double_lt(now_ms() - started, SHORT_MS);
	ck_timed_out(recv(pair[0], buffer, 1, 0), started);
}

/* An error of the kernel's comes first. */
BEHAVIOUR_TEST(real_error, SHORT)
{
	const struct linger abort_it = {1, 0};
	int pair[2];
	struct wait wait;

	open_pair(PAIR_TCP, pair);
	wait_open(&wait, WAITER_POLL);
	wait_add(&wait, pair[0], POLLIN);
	wait_fails(&wait);
	ck_assert_int_eq(setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it),
			 0);
	ck_assert_int_eq(close(pair[1]), 0);
	ck_assert_int_eq(socket_error(pair[0]), ECONNRESET);
	ck_assert_int_eq(socket_error(pair[0]), 0);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "waits that are silent");
}
