/*
 * Memory that calls look at before the kernel does: wherever it is, they are bounded; and where a part
 * of it is not there, they do as they do natively.
 */
#include "config.h"

#include "harness/harness.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/uio.h>

static char bytes[16];

/* The descriptors that the process has room for (proc(5)). */
static size_t descriptors(void)
{
	FILE *const status = fopen("/proc/self/status", "r");
	size_t count = 0;
	char line[200];

	ck_assert_ptr_nonnull(status);
	while (count == 0 && fgets(line, sizeof line, status) != NULL)
		(void)sscanf(line, "FDSize: %zu", &count);
	ck_assert_int_eq(fclose(status), 0);
	ck_assert_uint_ge(count, 64);
	return count;
}

/* The kernel looks at no more of a set than that. */
BEHAVIOUR_TEST(short_set, ALL)
{
	const size_t room = descriptors();
	fd_set *const readable = (fd_set *)(void *)(two_pages(true) + MEMORY_PAGE - room / 8);
	int pair[2];

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	FD_SET(pair[0], readable);
	ck_assert_int_eq(select((int)room + 1000, readable, NULL, NULL, NULL), 1);
	ck_assert(FD_ISSET(pair[0], readable));
}

/* Of two messages one can be read, and takes the room that there is. */
BEHAVIOUR_TEST(batch_without_room, ALL)
{
	struct mmsghdr *const messages =
		(struct mmsghdr *)(void *)(two_pages(true) + MEMORY_PAGE) - 1;
	static char large[65536];
	struct iovec part = {large, sizeof large};
	struct pollfd room = {.events = POLLOUT};
	int pair[2];

	stream_pair(AF_UNIX, pair);
	*messages = (struct mmsghdr){.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
	errno = EXDEV;
	ck_assert_int_eq(sendmmsg(pair[0], messages, 2, 0), 1);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_uint_eq(messages->msg_len, sizeof large);
	room.fd = pair[0];
	ck_assert_int_eq(poll(&room, 1, 0), 0);
}

/* What is left of recvmmsg's timeout cannot be told; the message has come, and is lost. Where time_t has 32
 * bits, libc itself writes the rest, and the native call ends by a signal. */
#if __TIMESIZE == 64
static int datagrams[2];

static void *give_one(void *argument)
{
	const pid_t *const waiter = argument;

	wait_until_blocked(*waiter, -1);
	ck_assert_int_eq(send(datagrams[1], "x", 1, 0), 1);
	return NULL;
}

BEHAVIOUR_TEST(timeout_is_constant, ALL)
{
	static const struct timespec never = {.tv_sec = 1000};
	struct timespec *volatile const timeout = (struct timespec *)(uintptr_t)&never;
	struct iovec part = {bytes, sizeof bytes};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
	pid_t tid = thread_id();
	pthread_t giver;

	udp_pair(datagrams);
	ck_assert_int_eq(pthread_create(&giver, NULL, give_one, &tid), 0);
	ck_failed(recvmmsg(datagrams[0], &message, 1, 0, timeout), EFAULT);
	ck_assert_int_eq(pthread_join(giver, NULL), 0);
}
#endif

/* An epoll set that has failed, and no room for the event. */
BEHAVIOUR_TEST(no_room_for_a_failure, SHORT)
{
	struct epoll_event member = {.events = EPOLLIN};
	const int set = epoll_create1(0);
	const double started = now_ms();
	int pair[2];

	udp_pair(pair);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, pair[0], &member), 0);
	ck_failed(epoll_wait(set, (struct epoll_event *)(void *)(two_pages(true) + MEMORY_PAGE),
			     1, -1),
		  EFAULT);
	ck_assert_double_ge(now_ms() - started, (double)SHORT_MS);
	ck_in_time(started, SHORT_MS);
	/* It is for the next one. */
	ck_assert_int_eq(epoll_wait(set, &member, 1, -1), 1);
	ck_failed(recv(pair[0], bytes, 1, 0), ETIMEDOUT);
}

/* Calls that look first are bounded with what they look at here. */
static void ck_bounded_at(void *place)
{
	fd_set *const readable = place;
	struct iovec *const vector = place;
	int pair[2];
	double started;

	udp_pair(pair);
	memset(readable, 0, sizeof *readable);
	FD_SET(pair[0], readable);
	started = now_ms();
	ck_assert_int_eq(select(pair[0] + 1, readable, NULL, NULL, NULL), 1);
	ck_assert_double_ge(now_ms() - started, (double)SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_assert(FD_ISSET(pair[0], readable));
	ck_failed(recv(pair[0], bytes, 1, 0), ETIMEDOUT);
	vector[0] = (struct iovec){bytes, 0};
	vector[1] = (struct iovec){bytes, 1};
	started = now_ms();
	ck_timed_out(readv(pair[0], vector, 2), started);
}

static void *bounded_in_thread(void *argument)
{
	fd_set here;

	ck_bounded_at(argument != NULL ? argument : &here);
	return NULL;
}

static void bounded_in_handler(int number)
{
	fd_set here;

	(void)number;
	ck_bounded_at(&here);
}

enum place {
	PLACE_FIXED,
	PLACE_HEAP,
	PLACE_END_OF_PAGE,
	PLACE_FAR_UP_THE_STACK,
	PLACE_STACK_OF_THREAD,
	PLACE_OF_ANOTHER,
	PLACE_STACK_OF_HANDLER,
	PLACE_COUNT
};

/* _i is the place. */
BEHAVIOUR_LOOP(anywhere, SHORT, PLACE_COUNT)
{
	static fd_set fixed;
	const stack_t own = {.ss_sp = mmap(NULL, 16 * MEMORY_PAGE, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
			     .ss_size = 16 * MEMORY_PAGE};
	const struct sigaction action = {.sa_handler = bounded_in_handler,
					 .sa_flags = SA_ONSTACK};
	char far[100000];
	pthread_t thread;

	memset(far, 0, sizeof far);
	switch (_i) {
	case PLACE_FIXED:
		ck_bounded_at(&fixed);
		break;
	case PLACE_HEAP:
		ck_bounded_at(malloc(sizeof fixed));
		break;
	case PLACE_END_OF_PAGE:
		ck_bounded_at(two_pages(true) + MEMORY_PAGE - sizeof fixed);
		break;
	case PLACE_FAR_UP_THE_STACK:
		ck_bounded_at(far + sizeof far - sizeof fixed);
		break;
	case PLACE_STACK_OF_THREAD:
	case PLACE_OF_ANOTHER:
		ck_assert_int_eq(pthread_create(&thread, NULL, bounded_in_thread,
						_i == PLACE_STACK_OF_THREAD ? NULL : &fixed),
				 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		break;
	default:
		ck_assert_int_eq(sigaltstack(&own, NULL), 0);
		ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
		ck_assert_int_eq(raise(SIGUSR1), 0);
		break;
	}
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "memory that is there");
}
