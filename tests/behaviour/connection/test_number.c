/*
 * A number that stood for a file stands for a socket, and back, by all the ways there are: what is
 * known of the one must not be believed of the other.
 */
#include "config.h"

#include "harness/harness.h"

#include <sys/wait.h>
#include "harness/waits.h"

#include <fcntl.h>
#include <sys/mman.h>
#ifdef HAVE_PIDFD_GETFD
#include <sys/pidfd.h>
#endif
#include <sys/syscall.h>
#include <sys/uio.h>

extern int other_dup2(int fd, int target) __asm__("__dup2");
extern int other_close(int fd) __asm__("__close");
extern int other_fcntl(int fd, int command, ...) __asm__("__fcntl");
extern int newer_fcntl(int fd, int command, ...) __asm__("fcntl64");

/* Connected, and pair[0] the lowest number but for those that are in use. */
static void low_pair(int family, int pair[2])
{
	int low;

	stream_pair(family, pair);
	low = dup(pair[0]);
	ck_assert_int_ge(low, 0);
	if (low > pair[0]) {
		close(low);
		return;
	}
	close(pair[0]);
	pair[0] = low;
}

/* read, readv, write and writev on what must be a file, twice: what is learned from the first
 * must be right for the second. */
static void file_works(int fd)
{
	for (int i = 0; i < 2; i++) {
		char buffer[9] = "";
		struct iovec vector[2] = {{buffer, 1}, {buffer + 1, 3}};

		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		memcpy(buffer, "1234", 4);
		ck_assert_int_eq(i == 0 ? writev(fd, vector, 2) : write(fd, buffer, 4), 4);
		ck_assert_int_eq(i == 0 ? write(fd, buffer, 4) : writev(fd, vector, 2), 4);
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		memset(buffer, 0, sizeof buffer);
		ck_assert_int_eq(i == 0 ? readv(fd, vector, 2) : read(fd, buffer, 4), 4);
		ck_assert_str_eq(buffer, "1234");
		ck_assert_int_eq(i == 0 ? read(fd, buffer + 4, 4) : readv(fd, vector, 2), 4);
		ck_assert_mem_eq(buffer, "1234", 4);
		ck_assert_int_eq(read(fd, buffer, 4), 0);
		ck_assert_int_eq(readv(fd, vector, 2), 0);
	}
}

static int file(void)
{
	const int fd = memfd_create("test", 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Sent to ourselves: the number that the descriptor comes back as. */
static int by_message(int fd, bool several)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS}};
	char letter = 'x';
	struct iovec vector = {&letter, 1};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector,
					      .msg_iovlen = 1,
					      .msg_control = &control,
					      .msg_controllen = sizeof control}};
	/* High numbers, so that the one that was given up is the lowest free. */
	const int channel[2] = {600, 601};
	int pair[2];

	unix_pair(SOCK_STREAM, pair);
	ck_assert_int_eq(dup2(pair[0], channel[0]), channel[0]);
	ck_assert_int_eq(dup2(pair[1], channel[1]), channel[1]);
	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	ck_assert_int_eq(sendmsg(channel[0], &message.msg_hdr, 0), 1);
	close(pair[0]);
	close(pair[1]);
	memset(&control, 0, sizeof control);
	if (several)
		ck_assert_int_eq(recvmmsg(channel[1], &message, 1, 0, NULL), 1);
	else
		ck_assert_int_eq(recvmsg(channel[1], &message.msg_hdr, 0), 1);
	ck_assert_int_eq(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
	return fd;
}

#ifdef HAVE_PIDFD_GETFD
static int by_process(int fd)
{
	const int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	const int high = fcntl(self, F_DUPFD, 600);

	ck_assert_int_ge(high, 0);
	close(self);
	return pidfd_getfd(high, fd, 0);
}
#endif

/* The ways that a number gets another meaning. Those of the second kind need it to be free, and
 * give the lowest that is. */
enum way {
	BY_DUP2,
	BY_OTHER_DUP2,
	BY_DUP3,
	BY_DUP,
	BY_F_DUPFD,
	BY_F_DUPFD_CLOEXEC,
	BY_OTHER_FCNTL,
	BY_NEWER_FCNTL,
	BY_RECVMSG,
	BY_RECVMMSG,
#ifdef HAVE_PIDFD_GETFD
	BY_PIDFD_GETFD,
#endif
	WAYS
};

/* Make number mean what fd does. */
static void becomes(int number, int fd, enum way way)
{
	int result = -1;

	switch (way) {
	case BY_DUP2:
		result = dup2(fd, number);
		break;
	case BY_OTHER_DUP2:
		result = other_dup2(fd, number);
		break;
	case BY_DUP3:
		result = dup3(fd, number, O_CLOEXEC);
		break;
	case BY_DUP:
		result = dup(fd);
		break;
	case BY_F_DUPFD:
		result = fcntl(fd, F_DUPFD, number);
		break;
	case BY_F_DUPFD_CLOEXEC:
		result = fcntl(fd, F_DUPFD_CLOEXEC, number);
		break;
	case BY_OTHER_FCNTL:
		result = other_fcntl(fd, F_DUPFD, number);
		break;
	case BY_NEWER_FCNTL:
		result = newer_fcntl(fd, F_DUPFD, number);
		break;
	case BY_RECVMSG:
		result = by_message(fd, false);
		break;
	case BY_RECVMMSG:
		result = by_message(fd, true);
		break;
#ifdef HAVE_PIDFD_GETFD
	case BY_PIDFD_GETFD:
		result = by_process(fd);
		break;
#endif
	case WAYS:
		break;
	}
	ck_assert_int_eq(result, number);
}

/* The ways to give a number up, of which libc's own and the raw one are not seen. */
static void given_up(int number, int how)
{
	switch (how % 5) {
	case 0:
		ck_assert_int_eq(close(number), 0);
		break;
	case 1:
		ck_assert_int_eq(other_close(number), 0);
		break;
	case 2:
		ck_assert_int_eq(close_range((unsigned int)number, (unsigned int)number, 0), 0);
		break;
	case 3:
		ck_assert_int_eq(fclose(fdopen(number, "r+")), 0);
		break;
	default:
		ck_assert_int_eq(syscall(SYS_close, number), 0);
		break;
	}
}

/* Way and giving up. */
BEHAVIOUR_LOOP(from_file_to_socket, ALL, WAYS)
{
	const enum way way = (enum way)_i;
	int pair[2], number;

	stream_pair(_i % 2 == 0 ? AF_INET : AF_UNIX, pair);
	number = file();
	file_works(number);
	if (way > BY_DUP3)
		given_up(number, _i);
	becomes(number, pair[0], way);
	socket_waits(number, pair[1]);
	socket_works(number, pair[1]);
}

BEHAVIOUR_LOOP(from_socket_to_file, ALL, WAYS * 5)
{
	const enum way way = (enum way)(_i / 5);
	const int what = file();
	int pair[2];

	low_pair(_i % 2 == 0 ? AF_INET : AF_UNIX, pair);
	socket_works(pair[0], pair[1]);
	if (_i % 3 == 0)
		make_nonblocking(pair[0], true);
	if (way > BY_DUP3)
		given_up(pair[0], _i);
	becomes(pair[0], what, way);
	file_works(pair[0]);
}

/* What makes new sockets. */
BEHAVIOUR_TEST(from_file_to_new_socket, ALL)
{
	struct sockaddr_in address;
	int pair[2], listener, number;

	listener = tcp_listener(&address, 4);
	ck_assert_int_eq(dup2(listener, 700), 700);
	close(listener);
	for (int how = 0; how < 5; how++) {
		number = file();
		file_works(number);
		given_up(number, how);
		pair[0] = socket(AF_INET, SOCK_STREAM, 0);
		ck_assert_int_eq(pair[0], number);
		ck_assert_int_eq(connect(number, (struct sockaddr *)&address, sizeof address),
				 0);
		number = file();
		file_works(number);
		given_up(number, how);
		pair[1] = how % 2 == 0 ? accept(700, NULL, NULL) : accept4(700, NULL, NULL, 0);
		ck_assert_int_eq(pair[1], number);
		socket_works(pair[0], pair[1]);
		socket_waits(pair[0], pair[1]);
		socket_waits(pair[1], pair[0]);
		close(pair[0]);
		close(pair[1]);
		number = file();
		file_works(number);
		given_up(number, how);
		unix_pair(SOCK_STREAM, pair);
		ck_assert_int_eq(pair[0], number);
		socket_works(pair[0], pair[1]);
		socket_waits(pair[0], pair[1]);
		close(pair[0]);
		close(pair[1]);
	}
}

/* What libc opens, in the number that a socket had. */
BEHAVIOUR_TEST(from_socket_to_new_file, ALL)
{
	int pair[2], ends[2], fd;

	for (int how = 0; how < 10; how++) {
		char path[] = "/tmp/socktimeout-XXXXXX";

		low_pair(how % 2 == 0 ? AF_INET : AF_UNIX, pair);
		socket_works(pair[0], pair[1]);
		if (how >= 5)
			make_nonblocking(pair[0], true);
		given_up(pair[0], how);
		fd = mkstemp(path);
		ck_assert_int_eq(fd, pair[0]);
		unlink(path);
		file_works(fd);
		close(fd);
		close(pair[1]);
		stream_pair(AF_UNIX, pair);
		socket_works(pair[0], pair[1]);
		given_up(pair[0], how);
		given_up(pair[1], how);
		ck_assert_int_eq(pipe(ends), 0);
		ck_assert_int_eq(ends[0], pair[0]);
		for (int i = 0; i < 2; i++) {
			struct iovec vector = {path, 2};

			ck_assert_int_eq(writev(ends[1], &vector, 1), 2);
			ck_assert_int_eq(write(ends[1], path, 2), 2);
			ck_assert_int_eq(readv(ends[0], &vector, 1), 2);
			ck_assert_int_eq(read(ends[0], path, 2), 2);
		}
		close(ends[0]);
		close(ends[1]);
	}
}

BEHAVIOUR_TEST(from_file_to_socket_by_closefrom, ALL)
{
	const int number = fcntl(file(), F_DUPFD, 900);
	int pair[2];

	stream_pair(AF_UNIX, pair);
	file_works(number);
	closefrom(number);
	ck_assert_int_eq(fcntl(pair[0], F_DUPFD, number), number);
	socket_waits(number, pair[1]);
	socket_works(number, pair[1]);
}

static void *receive_two(void *argument)
{
	char bytes[2];

	return (void *)(intptr_t)recv(*(int *)argument, bytes, sizeof bytes, 0);
}

/* The child has the parent's memory, and descriptors of its own. */
BEHAVIOUR_TEST(closed_by_vfork_child, ALL)
{
	int pair[2], status;
	pthread_t thread;
	void *received;
	pid_t id, child;

	stream_pair(AF_UNIX, pair);
	thread = background(&id, receive_two, &pair[0]);
	wait_until_waiting(id);
	child = vfork();
	if (child == 0) {
		if (dup2(pair[1], pair[0]) != pair[0] || close(pair[0]) != 0 ||
		    close_range(3, ~0u, 0) != 0)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(send(pair[1], "ab", 2, 0), 2);
	ck_assert_int_eq(pthread_join(thread, &received), 0);
	ck_assert_int_eq((intptr_t)received, 2);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "numbers");
}
