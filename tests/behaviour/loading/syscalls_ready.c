/*
 * The part of tests/behaviour/loading/syscalls_victim for readiness waits, and for calls that are watched.
 */
#include "config.h"

#include "loading/syscalls_victim.h"

#include <setjmp.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>

extern int other_poll(struct pollfd *, nfds_t, int) __asm__("__poll");
extern int checked_poll(struct pollfd *, nfds_t, int, size_t) __asm__("__poll_chk");
extern int checked_ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *,
			 size_t) __asm__("__ppoll_chk");
extern int other_select(int, fd_set *, fd_set *, fd_set *,
			struct timeval *) __asm__("__select");

/* fd is ready; -1 as timeout, and one of its own. */
static void ready_waits(int fd, int set)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	const struct timespec second = {.tv_sec = 1};
	struct timeval left = {.tv_sec = 1};
	const size_t size = sizeof descriptor;
	struct epoll_event event;
	sigset_t mask;
	static fd_set fixed;
	fd_set readable;

	sigemptyset(&mask);
	FD_ZERO(&readable);
	FD_SET(fd, &readable);
	/* Under rules with faults, the first wait asks the rules about each descriptor. */
	(void)poll(&descriptor, 1, 0);
	(void)poll(&descriptor, 1, 1000);
	(void)epoll_wait(set, &event, 1, 1000);
	TAKES("poll, ready", 0, 1, poll(&descriptor, 1, 1000));
	TAKES("poll for ever, ready", 0, 1, poll(&descriptor, 1, -1));
	TAKES("__poll, ready", 0, 1, other_poll(&descriptor, 1, -1));
	TAKES("__poll_chk, ready", 0, 1, checked_poll(&descriptor, 1, -1, size));
	TAKES("ppoll, ready", 0, 1, ppoll(&descriptor, 1, &second, &mask));
	TAKES("__ppoll_chk, ready", 0, 1, checked_ppoll(&descriptor, 1, NULL, NULL, size));
	TAKES("epoll_wait, ready", 0, 1, epoll_wait(set, &event, 1, 1000));
	TAKES("epoll_wait for ever, ready", 0, 1, epoll_wait(set, &event, 1, -1));
	TAKES("epoll_pwait, ready", 0, 1, epoll_pwait(set, &event, 1, -1, &mask));
	TAKES("epoll_pwait2, ready", 0, 1, epoll_pwait2(set, &event, 1, &second, NULL));
	TAKES("select, ready", 0, 1, select(fd + 1, &readable, NULL, NULL, &left));
	TAKES("__select, ready", 0, 1, other_select(fd + 1, &readable, NULL, NULL, NULL));
	TAKES("pselect, ready", 0, 1, pselect(fd + 1, &readable, NULL, NULL, NULL, &mask));
	fixed = readable;
	TAKES("select, static sets, first", 1, 1, select(fd + 1, &fixed, NULL, NULL, NULL));
	TAKES("select, static sets", 0, 1, select(fd + 1, &fixed, NULL, NULL, NULL));
}

static void feed(int fd)
{
	(void)!write(fd, "x", 1);
}

/* Waits without a timeout that have to wait: only the first begins with a look. */
static void waiting_waits(int fd, int peer, int set)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	struct epoll_event event;
	fd_set readable;
	pid_t child = when_blocked(feed, peer);

	TAKES("poll, waiting", 1, 1, poll(&descriptor, 1, -1));
	done(child);
	drain(fd);
	child = when_blocked(feed, peer);
	TAKES("poll, waiting again", 0, 1, poll(&descriptor, 1, -1));
	done(child);
	drain(fd);
	child = when_blocked(feed, peer);
	TAKES("epoll_wait, waiting again", 0, 1, epoll_wait(set, &event, 1, -1));
	done(child);
	drain(fd);
	FD_ZERO(&readable);
	FD_SET(fd, &readable);
	child = when_blocked(feed, peer);
	TAKES("select, waiting again", 0, 1, select(fd + 1, &readable, NULL, NULL, NULL));
	done(child);
	drain(fd);
}

void readiness(int fd, int peer)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	struct epoll_event event = {.events = EPOLLIN};
	const int set = epoll_create1(0);
	char byte;

	ck_assert_int_eq(send(peer, "x", 1, 0), 1);
	TAKES("epoll_ctl", 0, 0, epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	ready_waits(fd, set);
	drain(fd);
	waiting_waits(fd, peer, set);
	TAKES("poll, at once", 0, 0, poll(&descriptor, 1, 0));
	TAKES("epoll_wait, at once", 0, 0, epoll_wait(set, &event, 1, 0));
	TAKES("poll, a slice", 0, 0, poll(&descriptor, 1, 1));
	TAKES("poll, the next slice", 0, 0, poll(&descriptor, 1, 1));
	TAKES("epoll_wait, a slice", 0, 0, epoll_wait(set, &event, 1, 1));
	TAKES("epoll_wait, the next slice", 0, 0, epoll_wait(set, &event, 1, 1));
	/* In the middle of a silence. */
	ck_assert_int_eq(send(peer, "x", 1, 0), 1);
	TAKES("poll, after slices", 0, 1, poll(&descriptor, 1, -1));
	TAKES("recv, after slices", 1, 1, recv(fd, &byte, 1, 0));
	close(set);
}

static sigjmp_buf home;

static void jump(int number)
{
	siglongjmp(home, number);
}

static void kill_parent(int fd)
{
	(void)fd;
	(void)kill(getppid(), SIGUSR1);
}

/* A handler leaves a receive or an accept by siglongjmp. */
static void leave(int fd, bool accepts)
{
	const struct sigaction action = {.sa_handler = jump};
	const pid_t child = when_blocked(kill_parent, fd);
	char byte;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	if (sigsetjmp(home, 1) == 0)
		(void)(accepts ? accept(fd, NULL, NULL) : recv(fd, &byte, 1, 0));
	done(child);
}

static void left(void)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 1);
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	leave(pair[0], false);
	TAKES("close after siglongjmp out of recv", 0, 0, close(pair[0]));
	TAKES("close of another after siglongjmp", 0, 0, close(pair[1]));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	leave(listener, true);
	TAKES("close after siglongjmp out of accept", 0, 0, close(listener));
	TAKES("close of another after accept was left", 0, 0, close(pair[0]));
	TAKES("dup2 after accept was left", 0, pair[0], dup2(pair[1], pair[0]));
}

void watched(void)
{
	const struct sigaction action = {.sa_handler = SIG_IGN};
	struct sigaction before;
	int fd, copy, pair[2], value = 1;
	socklen_t length = sizeof value;

	TAKES_NEW("socket", 0, fd, socket(AF_INET, SOCK_STREAM, 0));
	TAKES("listen", 0, 0, listen(fd, 1));
	TAKES("socketpair", 0, 0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	TAKES_NEW("dup", 0, copy, dup(fd));
	TAKES("dup2", 0, copy, dup2(fd, copy));
	TAKES("dup3", 0, copy, dup3(fd, copy, O_CLOEXEC));
	TAKES("fcntl, F_GETFL", 0, O_RDWR, fcntl(fd, F_GETFL));
	TAKES("fcntl, F_SETFL", 0, 0, fcntl(fd, F_SETFL, O_NONBLOCK));
	TAKES("ioctl, FIONBIO", 0, 0, ioctl(fd, FIONBIO, &value));
	TAKES("getsockopt", 0, 0, getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length));
	TAKES("setsockopt", 0, 0, setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, length));
	TAKES("close", 0, 0, close(copy));
	TAKES("sigaction", 0, 0, sigaction(SIGUSR1, &action, &before));
	left();
}
