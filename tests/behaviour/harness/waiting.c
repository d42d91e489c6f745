/*
 * See waiting.h.
 */
#include "config.h"

#include "harness/waiting.h"

#include <sys/syscall.h>
#include <sys/wait.h>

/* libc's other names, which its headers declare for itself only. */
int __poll(struct pollfd *descriptors, nfds_t count, int timeout);
int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout, size_t size);
int __ppoll_chk(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		const sigset_t *mask, size_t size);
int __select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
	     struct timeval *timeout);

bool waiter_is_epoll(enum waiter waiter)
{
	return waiter >= WAITER_EPOLL_WAIT;
}

bool waiter_is_select(enum waiter waiter)
{
	return waiter >= WAITER_SELECT && waiter <= WAITER_PSELECT;
}

bool waiter_has_mask(enum waiter waiter)
{
	return waiter == WAITER_PPOLL || waiter == WAITER_PPOLL_CHK ||
	       waiter == WAITER_PSELECT || waiter == WAITER_EPOLL_PWAIT ||
	       waiter == WAITER_EPOLL_PWAIT2;
}

long waiter_number(enum waiter waiter)
{
	switch (waiter) {
#ifdef SYS_poll
	case WAITER_POLL:
	case WAITER_POLL_ALIAS:
	case WAITER_POLL_CHK:
		return SYS_poll;
#endif
	case WAITER_SELECT:
	case WAITER_SELECT_ALIAS:
	case WAITER_PSELECT:
		return SYS_pselect6;
#ifdef SYS_epoll_wait
	case WAITER_EPOLL_WAIT:
		return SYS_epoll_wait;
#endif
	case WAITER_EPOLL_PWAIT2:
		return SYS_epoll_pwait2;
	default:
		return waiter_is_epoll(waiter) ? SYS_epoll_pwait : SYS_ppoll;
	}
}

void wait_open(struct wait *wait, enum waiter waiter)
{
	memset(wait, 0, sizeof *wait);
	wait->waiter = waiter;
	wait->set = -1;
	if (waiter_is_epoll(waiter)) {
		wait->set = epoll_create1(EPOLL_CLOEXEC);
		ck_assert_int_ge(wait->set, 0);
	}
}

void wait_add(struct wait *wait, int fd, short events)
{
	struct epoll_event event = {.events = (uint32_t)events,
				    .data.u32 = (uint32_t)wait->count};

	ck_assert_int_lt(wait->count, MEMBERS);
	wait->member[wait->count++] = (struct member){.fd = fd, .events = events};
	if (wait->set >= 0)
		ck_assert_int_eq(epoll_ctl(wait->set, EPOLL_CTL_ADD, fd, &event), 0);
}

void wait_close(struct wait *wait)
{
	if (wait->set >= 0)
		ck_assert_int_eq(close(wait->set), 0);
}

static int wait_poll(struct wait *wait, int milliseconds)
{
	struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
	struct timespec *const timeout = milliseconds < 0 ? NULL : &time;
	struct pollfd set[MEMBERS];
	const nfds_t count = (nfds_t)wait->count;
	int n;

	for (int i = 0; i < wait->count; i++)
		set[i] = (struct pollfd){wait->member[i].fd, wait->member[i].events, 0x55};
	switch (wait->waiter) {
	case WAITER_POLL:
		n = poll(set, count, milliseconds);
		break;
	case WAITER_PPOLL:
		n = ppoll(set, count, timeout, wait->mask);
		break;
	case WAITER_POLL_ALIAS:
		n = __poll(set, count, milliseconds);
		break;
	case WAITER_POLL_CHK:
		n = __poll_chk(set, count, milliseconds, sizeof set);
		break;
	default:
		n = __ppoll_chk(set, count, timeout, wait->mask, sizeof set);
		break;
	}
	for (int i = 0; n >= 0 && i < wait->count; i++)
		wait->member[i].revents = set[i].revents;
	return n;
}

static int wait_select(struct wait *wait, int milliseconds)
{
	struct timespec precise = {milliseconds / 1000, milliseconds % 1000 * 1000000};
	struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};
	struct timeval *const timeout = milliseconds < 0 ? NULL : &time;
	int highest = -1, bits = 0, n;
	fd_set readable, writable, asked[2];

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	for (int i = 0; i < wait->count; i++) {
		if ((wait->member[i].events & POLLIN) != 0)
			FD_SET(wait->member[i].fd, &readable);
		if ((wait->member[i].events & POLLOUT) != 0)
			FD_SET(wait->member[i].fd, &writable);
		highest = wait->member[i].fd > highest ? wait->member[i].fd : highest;
	}
	asked[0] = readable;
	asked[1] = writable;
	if (wait->waiter == WAITER_SELECT)
		n = select(highest + 1, &readable, &writable, NULL, timeout);
	else if (wait->waiter == WAITER_SELECT_ALIAS)
		n = __select(highest + 1, &readable, &writable, NULL, timeout);
	else
		n = pselect(highest + 1, &readable, &writable, NULL,
			    milliseconds < 0 ? NULL : &precise, wait->mask);
	if (n < 0) {
		const int error = errno;

		ck_assert_mem_eq(&readable, &asked[0], sizeof readable);
		ck_assert_mem_eq(&writable, &asked[1], sizeof writable);
		errno = error;
		return n;
	}
	for (int i = 0; i < wait->count; i++) {
		struct member *const member = &wait->member[i];

		member->revents = 0;
		if ((member->events & POLLIN) != 0 && FD_ISSET(member->fd, &readable))
			member->revents |= POLLIN;
		if ((member->events & POLLOUT) != 0 && FD_ISSET(member->fd, &writable))
			member->revents |= POLLOUT;
	}
	for (int fd = 0; fd < FD_SETSIZE; fd++)
		bits += (FD_ISSET(fd, &readable) ? 1 : 0) + (FD_ISSET(fd, &writable) ? 1 : 0);
	/* A bit each, and no more. */
	ck_assert_int_eq(n, bits);
	return n;
}

static int wait_epoll(struct wait *wait, int milliseconds)
{
	struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
	struct epoll_event events[MEMBERS];
	int n;

	if (wait->waiter == WAITER_EPOLL_WAIT)
		n = epoll_wait(wait->set, events, MEMBERS, milliseconds);
	else if (wait->waiter == WAITER_EPOLL_PWAIT)
		n = epoll_pwait(wait->set, events, MEMBERS, milliseconds, wait->mask);
	else
		n = epoll_pwait2(wait->set, events, MEMBERS, milliseconds < 0 ? NULL : &time,
				 wait->mask);
	for (int i = 0; n >= 0 && i < wait->count; i++)
		wait->member[i].revents = 0;
	for (int i = 0; i < n; i++) {
		struct member *const member = &wait->member[events[i].data.u32];

		/* Once each. */
		ck_assert_int_eq(member->revents, 0);
		member->revents = (short)events[i].events;
		ck_assert_int_ne(member->revents, 0);
	}
	return n;
}

int wait_for(struct wait *wait, int milliseconds)
{
	const double started = now_ms();
	int result, error, members = 0;

	if (waiter_is_epoll(wait->waiter))
		result = wait_epoll(wait, milliseconds);
	else if (waiter_is_select(wait->waiter))
		result = wait_select(wait, milliseconds);
	else
		result = wait_poll(wait, milliseconds);
	error = errno;
	wait->took = now_ms() - started;
	if (result >= 0) {
		for (int i = 0; i < wait->count; i++)
			members += wait->member[i].revents != 0;
		if (!waiter_is_select(wait->waiter))
			ck_assert_int_eq(result, members);
		result = members;
	}
	errno = error;
	return result;
}

int wait_once(enum waiter waiter, int fd, int milliseconds)
{
	struct wait wait;
	int result, error;

	wait_open(&wait, waiter);
	wait_add(&wait, fd, POLLIN);
	result = wait_for(&wait, milliseconds);
	error = errno;
	wait_close(&wait);
	errno = error;
	return result;
}

short wait_dead(const struct wait *wait, int member)
{
	const short asked = wait->member[member].events;

	return waiter_is_select(wait->waiter) ? asked : (short)(asked | POLLERR | POLLHUP);
}

void wait_fails(struct wait *wait)
{
	errno = EXDEV;
	ck_assert_int_eq(wait_for(wait, -1), wait->count);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_double_ge(wait->took, SHORT_MS);
	ck_took_in_time(wait->took, SHORT_MS);
	for (int i = 0; i < wait->count; i++)
		ck_dead(wait, i);
}

void ck_told(int fd)
{
	char byte;

	ck_failed(recv(fd, &byte, 1, MSG_DONTWAIT), ETIMEDOUT);
	ck_empty(fd);
}

void ck_empty(int fd)
{
	char byte;

	ck_failed(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

static void named_unix_pair(int pair[2])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof address;
	const int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	pair[0] = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_ge(pair[0], 0);
	ck_assert_int_eq(connect(pair[0], (struct sockaddr *)&address, length), 0);
	pair[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(pair[1], 0);
	ck_assert_int_eq(close(listener), 0);
}

void open_pair(enum pair kind, int pair[2])
{
	if (kind == PAIR_TCP)
		tcp_pair(pair);
	else if (kind == PAIR_UDP)
		udp_pair(pair);
	else
		named_unix_pair(pair);
	make_nonblocking(pair[0], true);
	make_nonblocking(pair[1], true);
}

void together(int count, void (*function)(int number))
{
	bool failed = false;

	fflush(NULL);
	for (int i = 0; i < count; i++) {
		const pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			function(i);
			_exit(EXIT_SUCCESS);
		}
	}
	for (int i = 0; i < count; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		failed = failed || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS;
	}
	/* Check has been told what failed by the process itself. */
	if (failed)
		_exit(EXIT_FAILURE);
}

int with_input(int family, int *peer)
{
	int pair[2];

	stream_pair(family, pair);
	ck_assert_int_eq(send(pair[1], "a", 1, 0), 1);
	make_nonblocking(pair[0], true);
	*peer = pair[1];
	return pair[0];
}
