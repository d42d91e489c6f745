/*
 * record/trace: calls as strace(1) would print them. Cold.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include "record/trace.h"
#include "run.h"

static char buffer[1000];

/* As the kernel does, also behind the end of an object: a string is read up to the end of its page. */
__attribute__((no_sanitize("address"))) static bool peek(void *copy, const void *from,
							 size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile char *)copy)[i] = ((const volatile char *)from)[i];
	return true;
}

static bool peek_nothing(void *copy, const void *from, size_t size)
{
	(void)copy;
	(void)from;
	(void)size;
	return false;
}

/* NAME(arguments) = result error */
static const char *line(const struct trace *trace)
{
	const char *const error = trace_error(trace);
	struct text text;

	text_begin(&text, buffer, sizeof buffer);
	text_put_string(&text, call_name(trace->call));
	text_put_char(&text, '(');
	trace_put_arguments(&text, trace);
	text_put_string(&text, ") = ");
	trace_put_result(&text, trace);
	if (error != NULL) {
		text_put_char(&text, ' ');
		text_put_string(&text, error);
	}
	return buffer;
}

#define A(value) ((uintptr_t)(value))
#define LINE(name, value, errno_value, ...)                                                    \
	line(&(const struct trace){.call = CALL_##name,                                        \
				   .arguments = (const uintptr_t[]){__VA_ARGS__},              \
				   .count = sizeof((const uintptr_t[]){__VA_ARGS__}) /         \
					    sizeof(uintptr_t),                                 \
				   .result = (value),                                          \
				   .error = (errno_value),                                     \
				   .peek = peek})

START_TEST(numbers_and_flags)
{
	ck_assert_str_eq(LINE(recv, -1, EAGAIN, A(3), 0x1000, 1024, MSG_PEEK | MSG_DONTWAIT),
			 "recv(3, 0x1000, 1024, MSG_PEEK|MSG_DONTWAIT) = -1 EAGAIN");
	ck_assert_str_eq(LINE(send, 5, EAGAIN, A(-1), 0, 5, A(0x80000000u)),
			 "send(-1, NULL, 5, 0x80000000) = 5");
	ck_assert_str_eq(LINE(socket, 3, 0, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP),
			 "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3");
	ck_assert_str_eq(LINE(socket, -1, EAFNOSUPPORT, AF_NETLINK, SOCK_RAW, 15),
			 "socket(AF_NETLINK, SOCK_RAW, 15) = -1 EAFNOSUPPORT");
	ck_assert_str_eq(LINE(fcntl, 0, 0, 3, F_SETFL, O_RDWR | O_NONBLOCK),
			 "fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
	ck_assert_str_eq(LINE(fcntl, 2, 0, 3, F_GETFL, 77), "fcntl(3, F_GETFL) = 2");
	ck_assert_str_eq(LINE(signal, -1, EINVAL, SIGKILL, A(SIG_IGN)),
			 "signal(SIGKILL, SIG_IGN) = SIG_ERR EINVAL");
	ck_assert_str_eq(LINE(closefrom, 0, 0, 3), "closefrom(3) = ?");
	ck_assert_str_eq(LINE(ioctl, -1, ENOTTY, 3, FIONREAD, 0),
			 "ioctl(3, FIONREAD, NULL) = -1 ENOTTY");
	ck_assert_str_eq(LINE(dlopen, 0, 0, A("x.so"), RTLD_NOW | RTLD_DEEPBIND),
			 "dlopen(\"x.so\", RTLD_NOW|RTLD_DEEPBIND) = NULL");
}
END_TEST

START_TEST(addresses)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/run/\x01"};
	socklen_t length = sizeof in;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_str_eq(LINE(connect, -1, EINPROGRESS, 3, A(&in), sizeof in),
			 "connect(3, 127.0.0.1:80, 16) = -1 EINPROGRESS");
	ck_assert_str_eq(LINE(connect, 0, 0, 3, A(&local), sizeof local),
			 "connect(3, /run/\\x01, 110) = 0");
	ck_assert_str_eq(LINE(accept4, 4, 0, 3, A(&in), A(&length), SOCK_NONBLOCK),
			 "accept4(3, 127.0.0.1:80, [16], SOCK_NONBLOCK) = 4");
	ck_assert_str_eq(LINE(accept, 4, 0, 3, 0, 0), "accept(3, NULL, NULL) = 4");
	/* What the kernel has not stored is not looked at. */
	ck_assert_str_eq(LINE(recvfrom, -1, EAGAIN, 3, 16, 9, 0, 0x2000, A(&length)),
			 "recvfrom(3, 0x10, 9, 0, 0x2000, [16]) = -1 EAGAIN");
	in.sin_family = AF_UNSPEC;
	ck_assert_str_eq(LINE(connect, 0, 0, 3, A(&in), sizeof in),
			 "connect(3, AF_UNSPEC, 16) = 0");
}
END_TEST

START_TEST(message_headers)
{
	char control[24];
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(7)};
	struct iovec vector[10] = {{control, 4}, {control, 0}};
	struct msghdr message = {.msg_name = &in,
				 .msg_namelen = sizeof in,
				 .msg_iov = vector,
				 .msg_iovlen = 2,
				 .msg_control = control,
				 .msg_controllen = sizeof control,
				 .msg_flags = MSG_TRUNC};
	struct mmsghdr messages[2] = {{{.msg_iov = vector, .msg_iovlen = 1}, 3},
				      {{.msg_iov = vector, .msg_iovlen = 0}, 0}};

	ck_assert_str_eq(LINE(recvmsg, 4, 0, 3, A(&message), MSG_WAITALL),
			 "recvmsg(3, {msg_name=0.0.0.0:7, msg_iov=[4, 0], msg_controllen=24, "
			 "msg_flags=MSG_TRUNC}, MSG_WAITALL) = 4");
	ck_assert_str_eq(LINE(recvmmsg, 1, 0, 3, A(messages), 2, 0, 0),
			 "recvmmsg(3, [{msg_iov=[4]}=3, {msg_iov=[]}], 2, 0, NULL) = 1");
	ck_assert_str_eq(LINE(writev, 4, 0, 1, A(vector), 10),
			 "writev(1, [4, 0, 0, 0, 0, 0, 0, 0, ...], 10) = 4");
}
END_TEST

START_TEST(readiness)
{
	struct pollfd descriptors[] = {{3, POLLIN | POLLOUT, POLLOUT}, {-1, 0, 0}};
	struct epoll_event event = {.events = EPOLLIN | (uint32_t)EPOLLET, .data.u64 = 5};
	struct timeval time = {1, 500};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(3, &set);
	FD_SET(70, &set);
	ck_assert_str_eq(LINE(poll, 1, 0, A(descriptors), 2, A(-1)),
			 "poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLOUT}, "
			 "{fd=-1, events=0}], 2, -1) = 1");
	ck_assert_str_eq(LINE(select, 2, 0, 71, A(&set), 0, 0, A(&time)),
			 "select(71, [3 70], NULL, NULL, {tv_sec=1, tv_usec=500}) = 2");
	ck_assert_str_eq(LINE(epoll_ctl, 0, 0, 4, EPOLL_CTL_ADD, 3, A(&event)),
			 "epoll_ctl(4, EPOLL_CTL_ADD, 3, [{events=EPOLLIN|EPOLLET, data=0x5}]) "
			 "= 0");
	ck_assert_str_eq(LINE(epoll_wait, 1, 0, 4, A(&event), 10, A(-1)),
			 "epoll_wait(4, [{events=EPOLLIN|EPOLLET, data=0x5}], 10, -1) = 1");
	ck_assert_str_eq(LINE(epoll_wait, 0, 0, 4, A(&event), 10, 7),
			 "epoll_wait(4, [], 10, 7) = 0");
}
END_TEST

START_TEST(options)
{
	const int one = 1, refused = ECONNREFUSED;
	const struct timeval time = {2, 0};
	const struct linger linger = {1, 5};
	const socklen_t length = sizeof refused;

	ck_assert_str_eq(LINE(setsockopt, 0, 0, 3, IPPROTO_TCP, TCP_NODELAY, A(&one), 4),
			 "setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
	ck_assert_str_eq(
		LINE(setsockopt, 0, 0, 3, SOL_SOCKET, SO_RCVTIMEO, A(&time), sizeof time),
		sizeof time == 8
			? "setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=2, tv_usec=0}, 8) = 0"
			: "setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=2, tv_usec=0}, 16) = 0");
	ck_assert_str_eq(
		LINE(setsockopt, 0, 0, 3, SOL_SOCKET, SO_LINGER, A(&linger), sizeof linger),
		"setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0");
	ck_assert_str_eq(
		LINE(getsockopt, 0, 0, 3, SOL_SOCKET, SO_ERROR, A(&refused), A(&length)),
		"getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0");
	ck_assert_str_eq(LINE(setsockopt, -1, ENOPROTOOPT, 3, 4711, 1, 0x50, 1),
			 "setsockopt(3, 4711, 1, 0x50, 1) = -1 ENOPROTOOPT");
}
END_TEST

START_TEST(resolver)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	char name[200];

	ck_assert_str_eq(
		LINE(getaddrinfo, EAI_AGAIN, ETIMEDOUT, A("a\"b"), 0, A(&hints), 0x30),
		"getaddrinfo(\"a\\\"b\", NULL, {ai_flags=AI_PASSIVE, ai_family=AF_UNSPEC, "
		"ai_socktype=SOCK_STREAM, ai_protocol=IPPROTO_IP}, 0x30) = -3 EAI_AGAIN");
	ck_assert_str_eq(LINE(gethostbyname, 0, ETIMEDOUT, A("x")),
			 "gethostbyname(\"x\") = NULL");
	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	(void)LINE(gethostbyname, 0, 0, A(name));
	ck_assert_uint_eq(strlen(buffer), strlen("gethostbyname(\"\"...) = NULL") + 80);
}
END_TEST

START_TEST(streams)
{
	ck_assert_str_eq(LINE(fdopen, 0, EBADF, 7, A("r+")), "fdopen(7, \"r+\") = NULL EBADF");
	ck_assert_str_eq(LINE(dprintf, 7, 0, 3, A("%s\n")), "dprintf(3, \"%s\\n\", ...) = 7");
}
END_TEST

/* Every call, with pointers that lead nowhere, and without arguments. */
START_TEST(nowhere)
{
	static const uintptr_t bad[8] = {8, 8, 8, 8, 8, 8, 8, 8};
	const struct trace with = {
		.call = (enum call)_i, .arguments = bad, .count = 8, .peek = peek_nothing};
	const struct trace without = {.call = (enum call)_i, .peek = peek_nothing};

	(void)line(&with);
	ck_assert_int_eq(buffer[strlen(call_name(with.call))], '(');
	(void)line(&without);
	ck_assert_int_eq(buffer[strlen(call_name(with.call))], '(');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace");
	TCase *test = tcase_create("trace");

	tcase_add_test(test, numbers_and_flags);
	tcase_add_test(test, addresses);
	tcase_add_test(test, message_headers);
	tcase_add_test(test, readiness);
	tcase_add_test(test, options);
	tcase_add_test(test, resolver);
	tcase_add_test(test, streams);
	tcase_add_loop_test(test, nowhere, 0, CALL_COUNT);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
