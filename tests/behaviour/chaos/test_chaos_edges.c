/*
 * What is refused, or left alone, although a rule would do something to it: pointers that lead
 * nowhere above all. What a case does it does natively too.
 */
#include "config.h"

#include "harness/ruled.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* Where no memory is; the last would go over the end of all. */
static void *const nowhere[] = {(void *)8, (void *)-4096, (void *)-8, (void *)-1};
#define NOWHERE (sizeof nowhere / sizeof *nowhere)

START_TEST(messages_nowhere)
{
	int pair[2];

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(write(pair[1], "a", 1), 1);
	for (size_t i = 0; i < NOWHERE; i++) {
		struct msghdr message = {.msg_iov = nowhere[i], .msg_iovlen = 2};

		ck_failed(sendmsg(pair[0], nowhere[i], 0), EFAULT);
		ck_failed(recvmsg(pair[0], nowhere[i], 0), EFAULT);
		ck_failed(sendmsg(pair[0], &message, 0), EFAULT);
		ck_failed(recvmsg(pair[0], &message, 0), EFAULT);
		ck_failed(writev(pair[0], nowhere[i], 2), EFAULT);
		ck_failed(readv(pair[0], nowhere[i], 2), EFAULT);
	}
}
END_TEST

START_TEST(lengths_refused)
{
	char buffer[8] = "";
	const struct iovec vector[] = {{buffer, sizeof buffer}, {buffer, (size_t)-1}};
	int pair[2];

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(write(pair[1], "a", 1), 1);
	ck_failed(writev(pair[0], vector, 2), EINVAL);
	ck_failed(readv(pair[0], vector, 2), EINVAL);
}
END_TEST

START_TEST(addresses_nowhere)
{
	for (size_t i = 0; i < NOWHERE; i++) {
		const int fd = socket(AF_INET, SOCK_DGRAM, 0);
		struct msghdr message = {.msg_name = nowhere[i],
					 .msg_namelen = sizeof(struct sockaddr_in)};

		ck_failed(connect(fd, nowhere[i], sizeof(struct sockaddr_in)), EFAULT);
		ck_failed(sendto(fd, "a", 1, 0, nowhere[i], sizeof(struct sockaddr_in)),
			  EFAULT);
		ck_failed(sendmsg(fd, &message, 0), EFAULT);
		close(fd);
	}
}
END_TEST

START_TEST(waits_nowhere)
{
	for (size_t i = 0; i < NOWHERE; i++) {
		ck_failed(poll(nowhere[i], 1, 20), EFAULT);
		ck_failed(ppoll(nowhere[i], 1, NULL, NULL), EFAULT);
	}
}
END_TEST

/* A connect of datagrams notes the address: nothing is late, and no fault is logged. */
START_TEST(datagrams)
{
	const double started = now_ms();
	int pair[2];

	udp_pair(pair);
	ck_assert_double_lt(now_ms() - started, 1000);
	ck_assert_int_eq(send(pair[0], "a", 1, 0), 1);
	if (ruled())
		ck_assert_int_eq(faults_logged(), 0);
}
END_TEST

/* A sandbox where nobody may ask for a descriptor's flags: a call that blocks goes on to. */
START_TEST(flags_forbidden)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
	char byte;
	int pair[2];

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(write(pair[1], "a", 1), 1);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 1);
	ck_assert_int_eq(byte, 'a');
}
END_TEST

static const struct ruled cases[] = {
	{.name = "messages that are nowhere",
	 .rules = "op=send short=1; op=recv short=1",
	 .native = true,
	 .test = &messages_nowhere},
	{.name = "messages that are nowhere, by address",
	 .rules = "op=send,to=10.0.0.0/8 error=EIO; op=recv,to=10.0.0.0/8 error=EIO",
	 .test = &messages_nowhere},
	{.name = "lengths that are refused",
	 .rules = "op=send short=1; op=recv short=1",
	 .native = true,
	 .test = &lengths_refused},
	{.name = "addresses that are nowhere",
	 .rules = "op=connect,to=10.0.0.0/8 error=EIO; op=send,to=10.0.0.0/8 error=EIO",
	 .native = true,
	 .test = &addresses_nowhere},
	{.name = "addresses that are nowhere, late",
	 .rules = "op=connect delay=1ms; op=send short=1",
	 .test = &addresses_nowhere},
	{.name = "waits for what is nowhere",
	 .rules = "op=wait,to=127.0.0.0/8 delay=20ms",
	 .native = true,
	 .test = &waits_nowhere},
	{.name = "late waits for what is nowhere",
	 .rules = "op=wait delay=5ms",
	 .test = &waits_nowhere},
	{.name = "datagrams",
	 .rules = "op=connect delay=60s",
	 .native = true,
	 .test = &datagrams},
	{.name = "datagrams, swallowed", .rules = "op=connect blackhole", .test = &datagrams},
	{.name = "flags that are forbidden",
	 .rules = "op=recv delay=5ms",
	 .native = true,
	 .test = &flags_forbidden},
};

int main(int argc, char **argv)
{
	return ruled_main(argc, argv, "chaos edges", cases, sizeof cases / sizeof *cases);
}
