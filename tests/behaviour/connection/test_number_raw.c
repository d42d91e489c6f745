/*
 * A number that the program closed past libc's close(2) comes back by SCM_RIGHTS as another file. What the
 * library remembers of the number before is not true of the new file.
 */
#include "config.h"

#include "harness/harness.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/uio.h>

/* The numbers of the channel: the number that is closed is lower, so it is the first that is free. */
#define CHANNEL 600

static void raw_close(int fd)
{
	void *const libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	int (*close_past)(int);

	ck_assert_ptr_nonnull(libc);
	*(void **)&close_past = dlsym(libc, "close");
	ck_assert_ptr_nonnull(close_past);
	ck_assert_int_eq(close_past(fd), 0);
}

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void give(int channel, int fd)
{
	union control control = {.header = {.cmsg_len = CMSG_LEN(sizeof fd),
					    .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS}};
	char letter = 'x';
	struct iovec vector = {&letter, 1};
	const struct msghdr message = {.msg_iov = &vector,
				       .msg_iovlen = 1,
				       .msg_control = &control,
				       .msg_controllen = sizeof control};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	ck_assert_int_eq(sendmsg(channel, &message, 0), 1);
}

static int take(int channel, bool several)
{
	union control control = {.space = ""};
	char byte;
	struct iovec vector = {&byte, 1};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector,
					      .msg_iovlen = 1,
					      .msg_control = &control,
					      .msg_controllen = sizeof control}};
	int fd;

	if (several)
		ck_assert_int_eq(recvmmsg(channel, &message, 1, 0, NULL), 1);
	else
		ck_assert_int_eq(recvmsg(channel, &message.msg_hdr, 0), 1);
	ck_assert_int_eq(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
	return fd;
}

/* A number that the library knows as a file, or as a socket that does not block. */
static int known_number(bool socket)
{
	char byte;
	int fd, pair[2];

	if (socket) {
		stream_pair(AF_UNIX, pair);
		fd = pair[0];
		make_nonblocking(fd, true);
	} else {
		fd = open("/dev/null", O_RDONLY);
	}
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, &byte, 1), socket ? -1 : 0);
	return fd;
}

static void bounded_again(bool socket, bool several)
{
	int channel[2], pair[2];
	char byte;

	tcp_pair(pair);
	unix_pair(SOCK_STREAM, channel);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(dup2(channel[i], CHANNEL + i), CHANNEL + i);
		ck_assert_int_eq(close(channel[i]), 0);
	}
	/* The library knows the channel: the first try of recvmsg(2) gets the descriptor. */
	ck_assert_int_eq(send(CHANNEL, "a", 1, 0), 1);
	ck_assert_int_eq(recv(CHANNEL + 1, &byte, 1, 0), 1);

	const int number = known_number(socket);

	give(CHANNEL, pair[0]);
	raw_close(number);
	ck_assert_int_eq(take(CHANNEL + 1, several), number);
	if (mode() == MODE_SHORT) {
		const double started = now_ms();

		ck_timed_out(read(number, &byte, 1), started);
	}
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	ck_assert_int_eq(read(number, &byte, 1), 1);
	ck_assert_int_eq(byte, 'a');
}

BEHAVIOUR_LOOP(received, ALL, 4)
{
	bounded_again(_i % 2 != 0, _i / 2 != 0);
}

/* An AF_UNIX socket without a name whose peer has a name is no channel of the program, although nothing but
 * the kernel knows that after SCM_RIGHTS: the timeout applies. */
BEHAVIOUR_TEST(named_peer, SHORT)
{
	int channel[2], pair[2], fd;
	double started;
	char byte;

	unix_pair(SOCK_STREAM, channel);
	unix_pair(SOCK_STREAM, pair);
	for (int i = 0; i < 2; i++) {
		give(channel[0], pair[i]);
		fd = take(channel[1], false);
		started = now_ms();
		ck_timed_out(recv(fd, &byte, 1, 0), started);
	}
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "numbers that were closed past libc");
}
