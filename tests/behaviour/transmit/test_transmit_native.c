/*
 * What a sending call does without having to wait: the same as natively, down to the errors, for
 * nothing at all, for bad arguments, and on what is no socket.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "harness/transmit.h"

/* Other names of libc's, declared nowhere. */
ssize_t internal_send(int fd, const void *data, size_t length, int flags) __asm__(OTHER_SEND);
ssize_t internal_write(int fd, const void *data, size_t length) __asm__("__write");

static volatile sig_atomic_t pipes_broken;

static void count_signal(int number)
{
	(void)number;
	pipes_broken++;
}

static void catch_sigpipe(void)
{
	struct sigaction action = {.sa_handler = count_signal};

	ck_assert_int_eq(sigaction(SIGPIPE, &action, NULL), 0);
}

/* An address that cannot be read. */
static void *unreadable(void)
{
	void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(page, MAP_FAILED);
	return page;
}

static int datagram_pair(int family, int pair[2])
{
	if (family == AF_INET)
		udp_pair(pair);
	else
		unix_pair(SOCK_DGRAM, pair);
	return pair[0];
}

BEHAVIOUR_TEST(ready, ALL)
{
	for (int kind = 0; kind < 4; kind++) {
		char part[] = "part", letters[] = "letter";
		struct iovec vector[] = {{part, 4}, {NULL, 0}, {letters, 6}};
		struct msghdr message = {.msg_iov = vector, .msg_iovlen = 3};
		struct mmsghdr messages[] = {{message, 99}, {message, 99}, {message, 99}};
		char got[200];
		int pair[2];

		if (kind < 2)
			stream_pair(kind == 0 ? AF_INET : AF_UNIX, pair);
		else
			datagram_pair(kind == 2 ? AF_INET : AF_UNIX, pair);
		errno = EXDEV;
		ck_assert_int_eq(send(pair[0], "1", 1, 0), 1);
		ck_assert_int_eq(sendto(pair[0], "22", 2, 0, NULL, 0), 2);
		ck_assert_int_eq(sendmsg(pair[0], &message, 0), 10);
		ck_assert_int_eq(sendmmsg(pair[0], messages, 3, 0), 3);
		ck_assert_int_eq(write(pair[0], "333", 3), 3);
		ck_assert_int_eq(writev(pair[0], vector, 3), 10);
		ck_assert_int_eq(internal_send(pair[0], "4444", 4, 0), 4);
		ck_assert_int_eq(internal_write(pair[0], "55555", 5), 5);
		ck_assert_int_eq(errno, EXDEV);
		for (int i = 0; i < 3; i++)
			ck_assert_uint_eq(messages[i].msg_len, 10);
		if (kind < 2) {
			ck_assert_int_eq(recv(pair[1], got, 65, MSG_WAITALL), 65);
			ck_assert_mem_eq(got,
					 "122partletterpartletterpartletterpartletter333"
					 "partletter444455555",
					 65);
		} else {
			static const ssize_t sizes[] = {1, 2, 10, 10, 10, 10, 3, 10, 4, 5};

			for (size_t i = 0; i < 10; i++)
				ck_assert_int_eq(recv(pair[1], got, sizeof got, 0), sizes[i]);
		}
		ck_assert_int_eq(recv(pair[1], got, sizeof got, MSG_DONTWAIT), -1);
		ck_assert_uint_eq(vector[0].iov_len, 4);
	}
}

/* Nothing is nothing on a stream, a datagram of its own elsewhere, and for writev never one. */
BEHAVIOUR_TEST(nothing, ALL)
{
	struct iovec empty[] = {{NULL, 0}, {NULL, 0}};
	struct msghdr message = {.msg_iov = empty, .msg_iovlen = 2};
	struct mmsghdr messages[] = {{message, 99}, {{.msg_iovlen = 0}, 99}};

	for (int kind = 0; kind < 4; kind++) {
		int pair[2], datagrams = 0;
		char got[8];

		if (kind < 2)
			stream_pair(kind == 0 ? AF_INET : AF_UNIX, pair);
		else
			datagram_pair(kind == 2 ? AF_INET : AF_UNIX, pair);
		errno = EXDEV;
		ck_assert_int_eq(send(pair[0], NULL, 0, 0), 0);
		ck_assert_int_eq(sendto(pair[0], "", 0, 0, NULL, 0), 0);
		ck_assert_int_eq(write(pair[0], "", 0), 0);
		ck_assert_int_eq(sendmsg(pair[0], &message, 0), 0);
		ck_assert_int_eq(sendmmsg(pair[0], messages, 2, 0), 2);
		ck_assert_uint_eq(messages[0].msg_len, 0);
		ck_assert_int_eq(writev(pair[0], empty, 2), 0);
		ck_assert_int_eq(writev(pair[0], empty, 0), 0);
		ck_assert_int_eq(writev(pair[0], NULL, 0), 0);
		ck_assert_int_eq(sendmmsg(pair[0], messages, 0, 0), 0);
		ck_assert_int_eq(errno, EXDEV);
		while (recv(pair[1], got, sizeof got, MSG_DONTWAIT) == 0)
			datagrams++;
		ck_assert_int_eq(errno, EAGAIN);
		ck_assert_int_eq(datagrams, kind < 2 ? 0 : 6);
	}
}

/* writev of nothing does not ask the socket (fs/read_write.c: vfs_writev); write does. */
BEHAVIOUR_TEST(nothing_and_no_connection, ALL)
{
	struct iovec empty = {NULL, 0};
	int pair[2];
	const int lonely = socket(AF_UNIX, SOCK_STREAM, 0);

	catch_sigpipe();
	ck_assert_int_eq(writev(lonely, &empty, 1), 0);
	ck_failed(write(lonely, "", 0), ENOTCONN);
	for (int f = 0; f < 2; f++) {
		stream_pair(f == 0 ? AF_INET : AF_UNIX, pair);
		ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
		pipes_broken = 0;
		ck_assert_int_eq(writev(pair[0], &empty, 1), 0);
		ck_assert_int_eq(pipes_broken, 0);
		ck_failed(writev(pair[0], &(struct iovec){"x", 1}, 1), EPIPE);
		ck_assert_int_eq(pipes_broken, 1);
		ck_failed(write(pair[0], "", 0), EPIPE);
		ck_assert_int_eq(pipes_broken, 2);
		ck_failed(send(pair[0], "x", 1, 0), EPIPE);
		ck_assert_int_eq(pipes_broken, 3);
		ck_failed(send(pair[0], "x", 1, MSG_NOSIGNAL), EPIPE);
		ck_assert_int_eq(pipes_broken, 3);
	}
}

BEHAVIOUR_TEST(bad_descriptors, ALL)
{
	struct iovec vector = {"x", 1};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	struct mmsghdr messages = {message, 0};
	int ends[2], file = pattern_file(10);
	const int not_open[] = {-1, 999, 1 << 20, INT_MAX, INT_MIN};

	ck_assert_int_eq(pipe(ends), 0);
	for (size_t i = 0; i < sizeof not_open / sizeof *not_open; i++) {
		const int fd = not_open[i];

		ck_failed(send(fd, "x", 1, 0), EBADF);
		ck_failed(sendto(fd, "x", 1, 0, NULL, 0), EBADF);
		ck_failed(sendmsg(fd, &message, 0), EBADF);
		ck_failed(sendmmsg(fd, &messages, 1, 0), EBADF);
		ck_failed(write(fd, "x", 1), EBADF);
		ck_failed(writev(fd, &vector, 1), EBADF);
		ck_failed(sendfile(fd, file, NULL, 1), EBADF);
		ck_failed(splice(ends[0], NULL, fd, NULL, 1, 0), EBADF);
		ck_failed(splice(fd, NULL, ends[1], NULL, 1, 0), EBADF);
	}
	for (int again = 0; again < 2; again++) {
		ck_failed(send(file, "x", 1, 0), ENOTSOCK);
		ck_failed(sendto(file, "x", 1, 0, NULL, 0), ENOTSOCK);
		ck_failed(sendmsg(file, &message, 0), ENOTSOCK);
		ck_failed(sendmmsg(file, &messages, 1, 0), ENOTSOCK);
		/* The wrong end. */
		ck_failed(write(ends[0], "x", 1), EBADF);
		ck_failed(writev(ends[0], &vector, 1), EBADF);
	}
}

BEHAVIOUR_TEST(bad_pointers, ALL)
{
	const struct iovec *volatile nowhere = NULL;
	void *const bad = unreadable();
	int pair[2];

	for (int f = 0; f < 2; f++) {
		struct iovec vector = {bad, 10};
		struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
		struct mmsghdr messages[2] = {{message, 7}, {message, 7}};

		stream_pair(f == 0 ? AF_INET : AF_UNIX, pair);
		ck_failed(send(pair[0], bad, 10, 0), EFAULT);
		ck_failed(write(pair[0], bad, 10), EFAULT);
		ck_failed(writev(pair[0], &vector, 1), EFAULT);
		ck_failed(writev(pair[0], bad, 1), EFAULT);
		ck_failed(writev(pair[0], nowhere, 1), EFAULT);
		ck_failed(sendmsg(pair[0], &message, 0), EFAULT);
		ck_failed(sendmsg(pair[0], bad, 0), EFAULT);
		ck_failed(sendmmsg(pair[0], messages, 2, 0), EFAULT);
		ck_failed(sendmmsg(pair[0], bad, 2, 0), EFAULT);
		message.msg_iov = bad;
		ck_failed(sendmsg(pair[0], &message, 0), EFAULT);
		/* The first of two is good: it goes. */
		vector = (struct iovec){"x", 1};
		messages[1].msg_hdr.msg_iov = bad;
		errno = EXDEV;
		ck_assert_int_eq(sendmmsg(pair[0], messages, 2, 0), 1);
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_uint_eq(messages[1].msg_len, 7);
	}
	udp_pair(pair);
	ck_failed(writev(pair[0], nowhere, 1), EFAULT);
	ck_failed(write(pair[0], bad, 10), EFAULT);
}

BEHAVIOUR_TEST(bad_counts, ALL)
{
	/* volatile: the compiler knows that these are wrong. */
	static const volatile size_t huge[] = {SIZE_MAX, SSIZE_MAX};
	static const volatile int minus_one = -1;
	int pair[2];

	for (int kind = 0; kind < 4; kind++) {
		static struct iovec many[IOV_MAX + 1];
		struct iovec negative[] = {{"xy", 2}, {"z", SIZE_MAX}};
		struct msghdr message = {.msg_iov = negative, .msg_iovlen = 2};
		char got[8];

		if (kind < 2)
			stream_pair(kind == 0 ? AF_INET : AF_UNIX, pair);
		else
			datagram_pair(kind == 2 ? AF_INET : AF_UNIX, pair);
		ck_failed(writev(pair[0], negative, 2), EINVAL);
		ck_failed(writev(pair[0], negative, minus_one), EINVAL);
		ck_failed(writev(pair[0], many, IOV_MAX + 1), EINVAL);
		ck_failed(sendmsg(pair[0], &message, 0), EINVAL);
		message = (struct msghdr){.msg_iov = many, .msg_iovlen = IOV_MAX + 1};
		ck_failed(sendmsg(pair[0], &message, 0), EMSGSIZE);
		/* Longer than an address can be (fs/read_write.c: vfs_write). The kernel has 64-bit
		 * addresses, and takes lengths of 32 bits. */
		for (int i = 0; i < 2 && sizeof(size_t) == 8; i++)
			ck_failed(write(pair[0], pattern, huge[i]), EFAULT);
		ck_failed(recv(pair[1], got, sizeof got, MSG_DONTWAIT), EAGAIN);
	}
}

BEHAVIOUR_TEST(unconnected, ALL)
{
	struct sockaddr_in address = loopback(htons(9)), unset = {.sin_family = AF_INET6};
	struct msghdr message = {.msg_iov = &(struct iovec){"x", 1}, .msg_iovlen = 1};
	int pair[2], fd;
	double started;

	catch_sigpipe();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_failed(send(fd, "x", 1, 0), EDESTADDRREQ);
	ck_failed(write(fd, "x", 1), EDESTADDRREQ);
	ck_failed(writev(fd, message.msg_iov, 1), EDESTADDRREQ);
	ck_failed(sendmsg(fd, &message, 0), EDESTADDRREQ);
	ck_failed(sendto(fd, "x", 1, 0, (struct sockaddr *)&unset, sizeof unset), EAFNOSUPPORT);
	ck_failed(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, 3), EINVAL);
	ck_failed(sendto(fd, "x", 1, 0, unreadable(), sizeof address), EFAULT);
	ck_failed(send(fd, pattern, 100000, 0), EMSGSIZE);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_failed(send(fd, "x", 1, 0), ENOTCONN);
	ck_failed(write(fd, "x", 1), ENOTCONN);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_failed(send(fd, "x", 1, 0), ENOTCONN);
	ck_failed(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof address),
		  EOPNOTSUPP);
	stream_pair(AF_UNIX, pair);
	ck_failed(sendto(pair[0], "x", 1, 0, (struct sockaddr *)&address, sizeof address),
		  EISCONN);
	/* TCP: a broken pipe, and its signal; no wait. */
	fd = socket(AF_INET, SOCK_STREAM, 0);
	pipes_broken = 0;
	started = now_ms();
	ck_failed(send(fd, "x", 1, 0), EPIPE);
	ck_failed(write(fd, "x", 1), EPIPE);
	ck_assert_int_eq(pipes_broken, 2);
	ck_in_time(started, 0);
}

/* write and writev on what is no socket; with the number of a socket that was. */
BEHAVIOUR_TEST(no_socket, ALL)
{
	static const char *const paths[] = {"/dev/null", "/dev/full", "/dev/ptmx", NULL};
	struct iovec vector[] = {{"ab", 2}, {"", 0}, {"c", 1}};

	for (int again = 0; again < 2; again++) {
		const uint64_t one = 1;
		uint64_t value;
		char got[8];
		int ends[2], fd;

		for (size_t i = 0; paths[i] != NULL; i++) {
			fd = open(paths[i], O_RDWR | O_NOCTTY);
			ck_assert_int_ge(fd, 0);
			errno = EXDEV;
			if (i == 1) {
				ck_failed(write(fd, "abc", 3), ENOSPC);
				ck_failed(writev(fd, vector, 3), ENOSPC);
			} else {
				ck_assert_int_eq(write(fd, "abc", 3), 3);
				ck_assert_int_eq(writev(fd, vector, 3), 3);
				ck_assert_int_eq(errno, EXDEV);
			}
			ck_assert_int_eq(close(fd), 0);
		}
		ck_assert_int_eq(pipe(ends), 0);
		errno = EXDEV;
		ck_assert_int_eq(writev(ends[1], vector, 3), 3);
		ck_assert_int_eq(write(ends[1], "de", 2), 2);
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_int_eq(read(ends[0], got, sizeof got), 5);
		ck_assert_mem_eq(got, "abcde", 5);
		ck_assert_int_eq(close(ends[0]), 0);
		catch_sigpipe();
		pipes_broken = 0;
		ck_failed(write(ends[1], "x", 1), EPIPE);
		ck_failed(writev(ends[1], vector, 3), EPIPE);
		ck_assert_int_eq(pipes_broken, 2);
		ck_assert_int_eq(close(ends[1]), 0);
		fd = eventfd(0, EFD_NONBLOCK);
		ck_failed(write(fd, "abc", 3), EINVAL);
		ck_assert_int_eq(write(fd, &one, sizeof one), sizeof one);
		ck_assert_int_eq(read(fd, &value, sizeof value), sizeof value);
		ck_assert_uint_eq(value, 1);
		ck_assert_int_eq(close(fd), 0);
	}
}

int main(int argc, char **argv)
{
	pattern_make();
	return behaviour_main(argc, argv, "transmit: native");
}
