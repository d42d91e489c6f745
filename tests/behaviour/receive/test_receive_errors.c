/*
 * Every error as natively: descriptors, pointers and lengths that are wrong, connections that
 * fail, buffers that overflow; and lengths of nothing, which are no error.
 */
#include "config.h"

#include "harness/receiving.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t buffer_size, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t buffer_size, int flags,
		       struct sockaddr *address, socklen_t *address_length);
ssize_t __read_chk(int fd, void *buffer, size_t length, size_t buffer_size);

static bool is_splice(const struct receiver *receiver)
{
	return strcmp(receiver->name, "splice") == 0;
}

BEHAVIOUR_TEST(wrong_descriptor, ALL)
{
	char buffer[8];
	int ends[2], closed;

	ck_assert_int_eq(pipe(ends), 0);
	closed = dup(ends[0]);
	ck_assert_int_eq(close(closed), 0);
	for (int i = 0; i < receiver_count; i++) {
		const struct receiver *const one = &receivers[i];
		static const int no[] = {-1, INT_MIN, INT_MAX, 70000};

		for (int j = 0; j < 4; j++)
			ck_failed(one->call(no[j], buffer, sizeof buffer, 0), EBADF);
		if (!is_splice(one))
			ck_failed(one->call(closed, buffer, sizeof buffer, 0), EBADF);
		/* What is no socket: for the calls that are for sockets an error. */
		for (int again = 0; again < 2; again++) {
			if (one->takes_flags) {
				ck_failed(one->call(ends[0], buffer, sizeof buffer, 0),
					  ENOTSOCK);
				ck_failed(one->call(ends[0], buffer, 8, MSG_WAITALL), ENOTSOCK);
			} else {
				ck_assert_int_eq(write(ends[1], "pipe", 4), 4);
				ck_assert_int_eq(one->call(ends[0], buffer, sizeof buffer, 0),
						 4);
			}
		}
	}
}

BEHAVIOUR_TEST(not_connected, ALL)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 1), fresh = socket(AF_INET, SOCK_STREAM, 0),
		  unix_fresh = socket(AF_UNIX, SOCK_STREAM, 0),
		  records = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	char buffer[8];

	for (int i = 0; i < receiver_count; i++) {
		if (is_splice(&receivers[i]))
			continue;
		ck_failed(receivers[i].call(listener, buffer, sizeof buffer, 0), ENOTCONN);
		ck_failed(receivers[i].call(fresh, buffer, sizeof buffer, 0), ENOTCONN);
		ck_failed(receivers[i].call(unix_fresh, buffer, sizeof buffer, 0), EINVAL);
		ck_failed(receivers[i].call(records, buffer, sizeof buffer, 0), ENOTCONN);
	}
}

/* The connection fails, before the call (_i is 0) or while it waits. */
BEHAVIOUR_LOOP(connection_fails, ALL, mode() == MODE_SHORT ? 1 : 2)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		struct reception *const one = &all[i];
		int error = ECONNRESET;

		if (one->kind->family == AF_UNIX && one->kind->type == SOCK_DGRAM)
			continue;
		if (_i != 0) {
			reception_start(one);
			wait_until_waiting(one->tid);
		}
		if (one->kind->type == SOCK_DGRAM) {
			error = ECONNREFUSED;
			ck_assert_int_eq(close(one->pair[1]), 0);
			give(one->pair[0], "x", 1);
		} else {
			give(one->pair[0], "unread", 6);
			reset(one->pair[1]);
		}
		if (_i != 0)
			reception_join(one);
		else
			ck_refuses(one, error, 0, LATE_MS);
		if (one->kind->type != SOCK_DGRAM) {
			ck_receives(one, "", 0);
		}
	}
	free(all);
}

/* The program itself shuts its side while the call waits. */
BEHAVIOUR_TEST(shut, NATIVE | LONG)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		reception_start(&all[i]);
		wait_until_waiting(all[i].tid);
		ck_assert_int_eq(shutdown(all[i].pair[0], SHUT_RD), 0);
		reception_join(&all[i]);
		ck_received(&all[i], "", 0);
	}
	free(all);
}

/* An address at which there is nothing. */
static void *nowhere(void)
{
	void *const page = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(page, MAP_FAILED);
	return page;
}

BEHAVIOUR_TEST(wrong_buffer, ALL)
{
	void *const page = nowhere();

	for (int k = 0; k < kind_count; k++)
		for (int i = 0; i < receiver_count; i++) {
			const struct receiver *const one = &receivers[i];
			char buffer[8];
			int pair[2];

			if (is_splice(one))
				continue;
			kind_pair(&kinds[k], pair);
			give(pair[1], "hello", 5);
			wait_until_there(pair[0], 5);
			ck_failed(one->call(pair[0], page, 8, 0), EFAULT);
			/* A stream still has it. */
			if (kinds[k].type == SOCK_STREAM)
				ck_assert_int_eq(one->call(pair[0], buffer, 8, 0), 5);
			give(pair[1], "hello", 5);
			wait_until_there(pair[0], 5);
			if (one->takes_flags)
				ck_failed(one->call(pair[0], page, 8, MSG_WAITALL), EFAULT);
		}
}

BEHAVIOUR_TEST(wrong_pointers, ALL)
{
	void *const page = nowhere();
	/* Not to be seen through by the compiler. */
	const struct iovec *volatile none = NULL;
	struct msghdr message = {.msg_iov = page, .msg_iovlen = 2};
	char buffer[8];

	for (int k = 0; k < kind_count; k++) {
		int pair[2];

		kind_pair(&kinds[k], pair);
		for (int there = 0; there < 2; there++) {
			ck_failed(recvmsg(pair[0], NULL, 0), EFAULT);
			ck_failed(recvmsg(pair[0], NULL, MSG_WAITALL), EFAULT);
			ck_failed(recvmsg(pair[0], page, 0), EFAULT);
			ck_failed(recvmsg(pair[0], &message, 0), EFAULT);
			ck_failed(recvmsg(pair[0], &message, MSG_WAITALL), EFAULT);
			ck_failed(recvmmsg(pair[0], page, 2, 0, NULL), EFAULT);
			ck_failed(readv(pair[0], none, 2), EFAULT);
			ck_failed(recvmsg(pair[0], &(struct msghdr){.msg_iovlen = 1}, 0),
				  EFAULT);
			if (kinds[k].type == SOCK_STREAM)
				ck_failed(readv(pair[0], page, 2), EFAULT);
			give(pair[1], "hello", 5);
			if (there == 0)
				wait_until_there(pair[0], 5);
		}
		if (kinds[k].family == AF_INET && kinds[k].type == SOCK_DGRAM)
			ck_failed(recvfrom(pair[0], buffer, 8, 0, page, page), EFAULT);
	}
}

BEHAVIOUR_TEST(wrong_counts, ALL)
{
	static struct iovec vector[IOV_MAX + 1];
	volatile int negative = -1;
	char buffer[8];

	for (int i = 0; i <= IOV_MAX; i++)
		vector[i] = (struct iovec){buffer, i == 0 ? sizeof buffer : 0};
	for (int k = 0; k < kind_count; k++) {
		int pair[2];
		struct msghdr message = {.msg_iov = vector, .msg_iovlen = IOV_MAX + 1};

		kind_pair(&kinds[k], pair);
		for (int again = 0; again < 2; again++) {
			ck_failed(readv(pair[0], vector, negative), EINVAL);
			ck_failed(readv(pair[0], vector, IOV_MAX + 1), EINVAL);
			ck_failed(recvmsg(pair[0], &message, 0), EMSGSIZE);
			ck_failed(recvmsg(pair[0], &message, MSG_WAITALL), EMSGSIZE);
			ck_assert_int_eq(readv(pair[0], vector, 0), 0);
			vector[1].iov_len = (size_t)SSIZE_MAX + 1;
			ck_failed(readv(pair[0], vector, 2), EINVAL);
			vector[1].iov_len = 0;
			give(pair[1], "hello", 5);
		}
		ck_assert_int_eq(readv(pair[0], vector, IOV_MAX),
				 kinds[k].type == SOCK_STREAM ? 8 : 5);
	}
}

/* read and readv of nothing eat nothing, and do not wait. */
BEHAVIOUR_TEST(nothing_read, ALL)
{
	char buffer[8];
	const struct iovec vector[2] = {{buffer, 0}, {buffer, 0}};

	for (int k = 0; k < kind_count; k++) {
		int pair[2];

		kind_pair(&kinds[k], pair);
		for (int again = 0; again < 2; again++) {
			errno = EXDEV;
			ck_assert_int_eq(read(pair[0], buffer, 0), 0);
			ck_assert_int_eq(readv(pair[0], vector, 2), 0);
			ck_assert_int_eq(__read_chk(pair[0], buffer, 0, 0), 0);
			ck_assert_int_eq(errno, EXDEV);
			if (again == 0)
				give(pair[1], "hello", 5);
		}
		ck_assert_int_eq(recv(pair[0], buffer, sizeof buffer, 0), 5);
	}
	ck_assert_int_eq(readv(socket(AF_INET, SOCK_STREAM, 0), vector, 2), 0);
}

/* recv of nothing waits like any other, and eats a datagram. */
BEHAVIOUR_TEST(nothing_received, ALL)
{
	int count;
	struct reception *const all = every_reception(&count);
	int used = 0;

	for (int i = 0; i < count; i++)
		if (all[i].receiver->takes_flags) {
			all[used] = all[i];
			all[used++].length = 0;
		}
	if (mode() == MODE_SHORT) {
		run_together(all, used);
		for (int i = 0; i < used; i++)
			ck_refused(&all[i], ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
	}
	for (int i = 0; i < used; i++) {
		give(all[i].pair[1], "hello", 5);
		give(all[i].pair[1], "rest", 4);
		wait_until_there(all[i].pair[0],
				 all[i].kind->type == SOCK_STREAM ||
						 all[i].kind->type == SOCK_SEQPACKET
					 ? 9
					 : 5);
		ck_receives(&all[i], "", 0);
		all[i].length = 20;
		reception_run(&all[i]);
		if (all[i].kind->type == SOCK_STREAM)
			ck_received(&all[i], "hellorest", 9);
		else
			ck_received(&all[i], "rest", 4);
	}
	free(all);
}

/* Datagrams of nothing are datagrams. */
BEHAVIOUR_TEST(empty_datagrams, ALL)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		struct reception *const one = &all[i];

		if (one->kind->type == SOCK_STREAM || is_splice(one->receiver))
			continue;
		give(one->pair[1], "", 0);
		give(one->pair[1], "next", 4);
		one->flags = one->receiver->takes_flags ? MSG_WAITALL : 0;
		ck_receives(one, "", 0);
		ck_receives(one, "next", 4);
		if (mode() == MODE_SHORT)
			continue;
		reception_start(one);
		wait_until_waiting(one->tid);
		give(one->pair[1], "", 0);
		reception_join(one);
		ck_received(one, "", 0);
	}
	free(all);
}

static void overflow_recv(int fd, char *buffer)
{
	(void)__recv_chk(fd, buffer, 9, 8, 0);
}

static void overflow_recvfrom(int fd, char *buffer)
{
	(void)__recvfrom_chk(fd, buffer, 9, 8, 0, NULL, NULL);
}

static void overflow_read(int fd, char *buffer)
{
	(void)__read_chk(fd, buffer, 9, 8);
}

static void (*const overflows[])(int fd, char *buffer) = {overflow_recv, overflow_recvfrom,
							  overflow_read};

/* The fortified entry points end a program that would overflow, with data there or not. */
BEHAVIOUR_LOOP(overflow, ALL, 3)
{
	for (int there = 0; there < 2; there++) {
		int pair[2], status;
		pid_t pid;

		tcp_pair(pair);
		if (there != 0)
			give(pair[1], "0123456789", 10);
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			char buffer[16];

			/* libc says why on stderr. */
			(void)dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
			overflows[_i](pair[0], buffer);
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	}
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "errors of receiving");
}
