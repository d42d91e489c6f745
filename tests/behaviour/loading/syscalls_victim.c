/*
 * Makes each wrapped call once between two marks, for tests/behaviour/loading/syscalls, which counts the
 * system calls in between with strace: natively and under the library. A mark is a write to no
 * descriptor that says what comes and how many system calls more the library may take for it.
 */
#include "config.h"

#include "loading/syscalls_victim.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

extern ssize_t other_read(int fd, void *buffer, size_t length) __asm__("__read");
extern ssize_t other_write(int fd, const void *buffer, size_t length) __asm__("__write");
extern ssize_t other_send(int fd, const void *buffer, size_t length,
			  int flags) __asm__(OTHER_SEND);
extern int other_connect(int fd, const struct sockaddr *address,
			 socklen_t length) __asm__("__connect");
extern ssize_t checked_read(int fd, void *buffer, size_t length,
			    size_t size) __asm__("__read_chk");
extern ssize_t checked_recv(int fd, void *buffer, size_t length, size_t size,
			    int flags) __asm__("__recv_chk");
extern ssize_t checked_recvfrom(int fd, void *buffer, size_t length, size_t size, int flags,
				struct sockaddr *address,
				socklen_t *address_length) __asm__("__recvfrom_chk");

static char buffer[65536];
static struct iovec vector = {buffer, 1};
static struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
static struct mmsghdr messages[1];

void mark(const char *kind, const char *what, int most)
{
	char text[100];

	(void)syscall(SYS_write, -1, text,
		      snprintf(text, sizeof text, "mark %s %d %s", kind, most, what));
}

/* Its state is 't' while strace looks at it. */
pid_t when_blocked(void (*what)(int fd), int fd)
{
	const pid_t parent = getpid(), child = fork();
	char path[40], line[200] = "";

	if (child != 0)
		return child;
	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)parent);
	for (int i = 0; i < HANG_MS; i++) {
		FILE *const file = fopen(path, "r");
		const char *state = NULL;

		if (file != NULL && fgets(line, sizeof line, file) != NULL)
			state = strrchr(line, ')');
		if (file != NULL)
			(void)fclose(file);
		if (state != NULL && state[2] == 'S')
			break;
		(void)poll(NULL, 0, 1);
	}
	what(fd);
	_exit(0);
}

static void feed(int fd)
{
	(void)!write(fd, "x", 1);
}

void stuff(int fd)
{
	fill(fd);
	while (send(fd, buffer, 1, MSG_DONTWAIT) == 1)
		;
}

void drain(int fd)
{
	while (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
		(void)poll(NULL, 0, 1);
}

static struct sockaddr_in there;

static void come(int fd)
{
	(void)connect(fd, (struct sockaddr *)&there, sizeof there);
}

void done(pid_t child)
{
	(void)waitpid(child, NULL, 0);
}

static void ready(int fd, int peer)
{
	messages[0].msg_hdr = message;
	for (int i = 0; i < 14; i++)
		ck_assert_int_eq(send(peer, "x", 1, 0), 1);
	TAKES("recv, ready", 0, 1, recv(fd, buffer, 1, 0));
	TAKES("__recv_chk, ready", 0, 1, checked_recv(fd, buffer, 1, 1, 0));
	TAKES("recvfrom, ready", 0, 1, recvfrom(fd, buffer, 1, 0, NULL, NULL));
	TAKES("__recvfrom_chk, ready", 0, 1, checked_recvfrom(fd, buffer, 1, 1, 0, NULL, NULL));
	TAKES("recvmsg, ready", 0, 1, recvmsg(fd, &message, 0));
	TAKES("recvmmsg, ready", 0, 1, recvmmsg(fd, messages, 1, 0, NULL));
	TAKES("recvmmsg, MSG_WAITFORONE", 0, 1,
	      recvmmsg(fd, messages, 1, MSG_WAITFORONE, NULL));
	TAKES("read, ready", 0, 1, read(fd, buffer, 1));
	TAKES("__read, ready", 0, 1, other_read(fd, buffer, 1));
	TAKES("__read_chk, ready", 0, 1, checked_read(fd, buffer, 1, 1));
	/* A page of the program that is looked at for the first time. */
	TAKES("readv, ready", 1, 1, readv(fd, &vector, 1));
	TAKES("recv, MSG_PEEK", 0, 1, recv(fd, buffer, 1, MSG_PEEK));
	TAKES("recv, MSG_WAITALL", 0, 1, recv(fd, buffer, 1, MSG_WAITALL));
	TAKES("send, ready", 0, 1, send(fd, buffer, 1, 0));
	TAKES("__send, ready", 0, 1, other_send(fd, buffer, 1, 0));
	TAKES("sendto, ready", 0, 1, sendto(fd, buffer, 1, 0, NULL, 0));
	TAKES("sendmsg, ready", 0, 1, sendmsg(fd, &message, 0));
	TAKES("sendmmsg, ready", 0, 1, sendmmsg(fd, messages, 1, 0));
	TAKES("write, ready", 0, 1, write(fd, buffer, 1));
	TAKES("__write, ready", 0, 1, other_write(fd, buffer, 1));
	TAKES("writev, ready", 0, 1, writev(fd, &vector, 1));
	drain(fd);
	TAKES("recv, MSG_DONTWAIT", 0, -1, recv(fd, buffer, 1, MSG_DONTWAIT));
}

static void nonblocking(int fd, int peer)
{
	make_nonblocking(fd, true);
	TAKES("recv, EAGAIN", 0, -1, recv(fd, buffer, 1, 0));
	TAKES("recvfrom, EAGAIN", 0, -1, recvfrom(fd, buffer, 1, 0, NULL, NULL));
	TAKES("recvmsg, EAGAIN", 0, -1, recvmsg(fd, &message, 0));
	TAKES("recvmmsg, EAGAIN", 0, -1, recvmmsg(fd, messages, 1, 0, NULL));
	TAKES("read, EAGAIN", 0, -1, read(fd, buffer, 1));
	TAKES("readv, EAGAIN", 0, -1, readv(fd, &vector, 1));
	stuff(fd);
	TAKES("send, EAGAIN", 0, -1, send(fd, buffer, 1, 0));
	TAKES("sendmsg, EAGAIN", 0, -1, sendmsg(fd, &message, 0));
	TAKES("write, EAGAIN", 0, -1, write(fd, buffer, 1));
	TAKES("writev, EAGAIN", 0, -1, writev(fd, &vector, 1));
	drain(peer);
	make_nonblocking(fd, false);
	/* Through another number: asked once. */
	make_nonblocking(dup(fd), true);
	/* Once a number: whether the socket has a name. */
	TAKES("recv, EAGAIN, unknown", 2, -1, recv(fd, buffer, 1, 0));
	TAKES("recv, EAGAIN, known", 0, -1, recv(fd, buffer, 1, 0));
	make_nonblocking(fd, false);
}

static void waiting(int fd, int peer)
{
	pid_t child;

#define WAIT(what, most, call)                                                                 \
	do {                                                                                   \
		child = when_blocked(feed, peer);                                              \
		TAKES(what, most, 1, call);                                                    \
		done(child);                                                                   \
	} while (0)
	/* fcntl and poll; the messages and vectors are tried first. */
	WAIT("recv, waiting, first", 4, recv(fd, buffer, 1, 0));
	WAIT("recvfrom, waiting", 1, recvfrom(fd, buffer, 1, 0, NULL, NULL));
	WAIT("recvmsg, waiting", 3, recvmsg(fd, &message, 0));
	WAIT("recvmmsg, waiting", 3, recvmmsg(fd, messages, 1, 0, NULL));
	WAIT("read, waiting", 1, read(fd, buffer, 1));
	WAIT("readv, waiting, first", 4, readv(fd, &vector, 1));
	WAIT("readv, waiting", 3, readv(fd, &vector, 1));
	WAIT("recv, MSG_WAITALL, waiting", 1, recv(fd, buffer, 1, MSG_WAITALL));
	ck_assert_int_eq(send(peer, "xx", 2, 0), 2);
	TAKES("recv, ready where waiting was expected", 1, 1, recv(fd, buffer, 1, 0));
	/* Under strace a poll that does not wait takes as long as a wait. */
	TAKES("recv, ready after waiting", 1, 1, recv(fd, buffer, 1, 0));
#undef WAIT
	stuff(fd);
	child = when_blocked(drain, peer);
	TAKES("send, waiting", 3, 1, send(fd, buffer, 1, 0));
	done(child);
	stuff(fd);
	child = when_blocked(drain, peer);
	TAKES("write, waiting", 3, 1, write(fd, buffer, 1));
	done(child);
	drain(peer);
}

static void connections(void)
{
	const int listener = tcp_listener(&there, 16);
	const struct sockaddr *const address = (struct sockaddr *)&there;
	int fd, other;
	pid_t child;

	for (int i = 0; i < 2; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		TAKES("connect", 2, 0, connect(fd, address, sizeof there));
		TAKES_NEW("accept, ready", 3, fd, accept(listener, NULL, NULL));
		fd = dup(socket(AF_INET, SOCK_STREAM, 0));
		TAKES("__connect, unknown", 6, 0, other_connect(fd, address, sizeof there));
		TAKES_NEW("accept4, ready", 3, fd, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
		child = when_blocked(come, socket(AF_INET, SOCK_STREAM, 0));
		TAKES_NEW("accept, waiting", 3, fd, accept(listener, NULL, NULL));
		done(child);
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	TAKES("connect, non-blocking", 0, -1, connect(fd, address, sizeof there));
	other = dup(listener);
	TAKES_NEW("accept, an unknown listener", 8, fd, accept(other, NULL, NULL));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	TAKES("connect", 4, 0, connect(fd, address, sizeof there));
	TAKES_NEW("accept, a known listener", 5, fd, accept(other, NULL, NULL));
	TAKES("recv of the accepted, MSG_DONTWAIT", 0, -1, recv(fd, buffer, 1, MSG_DONTWAIT));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	TAKES("connect, UDP", 0, 0, connect(fd, address, sizeof there));
	fd = tcp_listener(&there, 16);
	make_nonblocking(fd, true);
	TAKES("accept, EAGAIN", 0, -1, accept(fd, NULL, NULL));
	come(socket(AF_INET, SOCK_STREAM, 0));
	TAKES_NEW("accept, ready, non-blocking", 0, other, accept(fd, NULL, NULL));
}

/* What is no socket: asked once, and never again. */
static void no_sockets(void)
{
	const int file = memfd_create("test", 0), events = eventfd(1000, EFD_SEMAPHORE);
	int ends[2], more[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(pipe(more), 0);
	TAKES("write, a file, first", 1, 1, write(file, buffer, 1));
	TAKES("write, a pipe, first", 1, 1, write(ends[1], buffer, 1));
	TAKES("read, a pipe, first", 1, 1, read(ends[0], buffer, 1));
	TAKES("read, an eventfd, first", 1, 8, read(events, buffer, 8));
	for (int i = 0; i < 2; i++) {
		TAKES("write, a file", 0, 1, write(file, buffer, 1));
		TAKES("writev, a file", 0, 1, writev(file, &vector, 1));
		TAKES("read, a file", 0, 0, read(file, buffer, 1));
		TAKES("readv, a file", 0, 0, readv(file, &vector, 1));
		TAKES("write, a pipe", 0, 1, write(ends[1], buffer, 1));
		TAKES("writev, a pipe", 0, 1, writev(ends[1], &vector, 1));
		TAKES("read, a pipe", 0, 1, read(ends[0], buffer, 1));
		TAKES("readv, a pipe", 0, 1, readv(ends[0], &vector, 1));
		TAKES("read, an eventfd", 0, 8, read(events, buffer, 8));
		ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
		TAKES("sendfile, to a pipe", 0, 1, sendfile(ends[1], file, NULL, 1));
		if (i == 0)
			ck_assert_int_ge(write(more[1], buffer, 1) + read(more[0], buffer, 1),
					 2);
		TAKES("splice, between pipes", 0, 1,
		      splice(ends[0], NULL, more[1], NULL, 1, 0));
		ck_assert_int_eq(read(more[0], buffer, 1), 1);
	}
}

START_TEST(every_call)
{
	int pair[2];
	sigset_t children;

	/* The end of a child interrupts what is traced, also where it is ignored. */
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &children, NULL), 0);
	for (int family = 0; family < 2; family++) {
		stream_pair(family == 0 ? AF_INET : AF_UNIX, pair);
		ready(pair[0], pair[1]);
		nonblocking(pair[0], pair[1]);
		stream_pair(family == 0 ? AF_INET : AF_UNIX, pair);
		waiting(pair[0], pair[1]);
		files(pair[0], pair[1]);
		files_much(family == 0 ? AF_INET : AF_UNIX);
		readiness(pair[0], pair[1]);
	}
	udp_pair(pair);
	ready(pair[0], pair[1]);
	TAKES("recv, MSG_ERRQUEUE", 1, -1, recv(pair[0], buffer, 1, MSG_ERRQUEUE));
	connections();
	no_sockets();
	watched();
}
END_TEST

/* In this process, which is the one that is traced. */
int main(void)
{
	Suite *const suite = suite_create("system calls");

	add(suite, "every call", every_call);
	return run_suite(suite, CK_NOFORK, CK_NORMAL);
}
