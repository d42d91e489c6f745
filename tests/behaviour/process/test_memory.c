/*
 * Pointers that lead nowhere: where the kernel says EFAULT, the library does not look first and crash.
 */
#include "config.h"

#include "harness/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

extern int other_select(int, fd_set *, fd_set *, fd_set *,
			struct timeval *) __asm__("__select");

/* So many descriptors are looked at: the kernel looks at no more than the process has room for. */
#define SET_DESCRIPTORS 256

/* What the calls are made on. */
static int streams[2], datagrams[2], file, ends[2], set, listener;
static struct sockaddr_in there; /* the listener */
static char bytes[16];
static struct iovec parts[2] = {{bytes, 8}, {bytes + 8, 8}};
static struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
static const struct timespec second = {.tv_sec = 1};

#define SET_CALL(name, call)                                                                   \
	static long name(void *sets)                                                           \
	{                                                                                      \
		fd_set *const bad = sets;                                                      \
		const int count = SET_DESCRIPTORS;                                             \
		return call;                                                                   \
	}
SET_CALL(select_readable, select(count, bad, NULL, NULL, NULL))
SET_CALL(select_writable, select(count, NULL, bad, NULL, NULL))
SET_CALL(select_exceptional, select(count, NULL, NULL, bad, NULL))
SET_CALL(select_again, other_select(count, bad, bad, bad, NULL))
SET_CALL(pselect_readable, pselect(count, bad, NULL, NULL, NULL, NULL))
SET_CALL(pselect_exceptional, pselect(count, NULL, NULL, bad, &second, NULL))

#define CALL_WITH(name, type, call)                                                            \
	static long name(void *place)                                                          \
	{                                                                                      \
		type *const bad = place;                                                       \
		return call;                                                                   \
	}
CALL_WITH(poll_two, struct pollfd, poll(bad, 2, -1))
CALL_WITH(ppoll_two, struct pollfd, ppoll(bad, 2, NULL, NULL))
CALL_WITH(ppoll_mask, sigset_t, ppoll(NULL, 0, NULL, bad))
CALL_WITH(pselect_mask, sigset_t, pselect(0, NULL, NULL, NULL, NULL, bad))
CALL_WITH(epoll_event, struct epoll_event, epoll_ctl(set, EPOLL_CTL_MOD, streams[0], bad))
/* An event is there. */
CALL_WITH(epoll_one, struct epoll_event, epoll_wait(set, bad, 1, -1))
CALL_WITH(epoll_one_masked, struct epoll_event, epoll_pwait(set, bad, 1, -1, NULL))
CALL_WITH(epoll_one_precise, struct epoll_event, epoll_pwait2(set, bad, 1, NULL, NULL))
CALL_WITH(epoll_mask, sigset_t, epoll_pwait(set, &(struct epoll_event){0}, 1, -1, bad))
CALL_WITH(readv_stream, struct iovec, readv(streams[0], bad, 2))
CALL_WITH(readv_datagram, struct iovec, readv(datagrams[0], bad, 2))
CALL_WITH(writev_stream, struct iovec, writev(streams[0], bad, 2))
CALL_WITH(writev_datagram, struct iovec, writev(datagrams[0], bad, 2))
CALL_WITH(recvmsg_stream, struct msghdr, recvmsg(streams[0], bad, 0))
CALL_WITH(recvmsg_whole, struct msghdr, recvmsg(streams[0], bad, MSG_WAITALL))
CALL_WITH(recvmsg_datagram, struct msghdr, recvmsg(datagrams[0], bad, 0))
CALL_WITH(sendmsg_stream, struct msghdr, sendmsg(streams[0], bad, 0))
CALL_WITH(sendmsg_datagram, struct msghdr, sendmsg(datagrams[0], bad, 0))
CALL_WITH(recvmsg_vector, struct iovec,
	  recvmsg(streams[0], &(struct msghdr){.msg_iov = bad, .msg_iovlen = 2}, MSG_WAITALL))
CALL_WITH(sendmsg_vector, struct iovec,
	  sendmsg(datagrams[0], &(struct msghdr){.msg_iov = bad, .msg_iovlen = 2}, 0))
CALL_WITH(sendmsg_name, struct sockaddr_in,
	  sendmsg(datagrams[0],
		  &(struct msghdr){.msg_name = bad,
				   .msg_namelen = sizeof *bad,
				   .msg_iov = parts,
				   .msg_iovlen = 1},
		  0))
CALL_WITH(recvmmsg_one, struct mmsghdr, recvmmsg(datagrams[0], bad, 1, 0, NULL))
CALL_WITH(recvmmsg_whole, struct mmsghdr, recvmmsg(streams[0], bad, 1, MSG_WAITALL, NULL))
CALL_WITH(sendmmsg_one, struct mmsghdr, sendmmsg(datagrams[0], bad, 1, 0))
CALL_WITH(connect_there, struct sockaddr_in,
	  connect(socket(AF_INET, SOCK_STREAM, 0), (void *)bad, sizeof *bad))
CALL_WITH(sendto_there, struct sockaddr_in,
	  sendto(datagrams[0], "x", 1, 0, (void *)bad, sizeof *bad))
CALL_WITH(option_value, struct timeval,
	  setsockopt(streams[0], SOL_SOCKET, SO_RCVTIMEO, bad, sizeof *bad))
CALL_WITH(option_told, int,
	  getsockopt(streams[0], SOL_SOCKET, SO_ERROR, bad, &(socklen_t){sizeof *bad}))
CALL_WITH(option_length, socklen_t, getsockopt(streams[0], SOL_SOCKET, SO_ERROR, bytes, bad))
CALL_WITH(sendfile_offset, off_t, sendfile(streams[0], file, bad, 1))
CALL_WITH(splice_offset, loff_t, splice(file, bad, ends[1], NULL, 1, 0))
CALL_WITH(ioctl_value, int, ioctl(streams[0], FIONBIO, bad))
CALL_WITH(pair_of, int, socketpair(AF_UNIX, SOCK_STREAM, 0, bad))

/* Where time_t has 32 bits, libc itself reads the timeout, to make a 64-bit one for the kernel: the native call
 * ends by a signal. */
#if __TIMESIZE == 64
CALL_WITH(epoll_timeout, struct timespec,
	  epoll_pwait2(set, &(struct epoll_event){0}, 1, bad, NULL))
CALL_WITH(recvmmsg_timeout, struct timespec,
	  recvmmsg(datagrams[0], &(struct mmsghdr){.msg_hdr = header}, 1, 0, bad))
#endif

/* With a connection to be had. */
static long accept_length(void *bad)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error;
	long result;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
	result = accept(listener, (void *)bytes, bad);
	error = errno;
	ck_assert_int_eq(close(fd), 0);
	errno = error;
	return result;
}

/* The call; what it would take, and its size. */
struct looking {
	const char *name;
	long (*call)(void *bad);
	const void *good;
	size_t size;
};

static const unsigned char zeros[64];
static struct pollfd polled[2];
static struct mmsghdr batch[1];

#define LOOKING(call, good, size)                                                              \
	{                                                                                      \
#call, call, good, size                                                        \
	}
static const struct looking lookings[] = {
	LOOKING(select_readable, zeros, SET_DESCRIPTORS / 8),
	LOOKING(select_writable, zeros, SET_DESCRIPTORS / 8),
	LOOKING(select_exceptional, zeros, SET_DESCRIPTORS / 8),
	LOOKING(select_again, zeros, SET_DESCRIPTORS / 8),
	LOOKING(pselect_readable, zeros, SET_DESCRIPTORS / 8),
	LOOKING(pselect_exceptional, zeros, SET_DESCRIPTORS / 8),
	LOOKING(poll_two, polled, sizeof polled),
	LOOKING(ppoll_two, polled, sizeof polled),
	LOOKING(ppoll_mask, zeros, 8),
	LOOKING(pselect_mask, zeros, 8),
	LOOKING(epoll_event, zeros, sizeof(struct epoll_event)),
	LOOKING(epoll_one, zeros, sizeof(struct epoll_event)),
	LOOKING(epoll_one_masked, zeros, sizeof(struct epoll_event)),
	LOOKING(epoll_one_precise, zeros, sizeof(struct epoll_event)),
	LOOKING(epoll_mask, zeros, 8),
	LOOKING(readv_stream, parts, sizeof parts),
	LOOKING(readv_datagram, parts, sizeof parts),
	LOOKING(writev_stream, parts, sizeof parts),
	LOOKING(writev_datagram, parts, sizeof parts),
	LOOKING(recvmsg_stream, &header, sizeof header),
	LOOKING(recvmsg_whole, &header, sizeof header),
	LOOKING(recvmsg_datagram, &header, sizeof header),
	LOOKING(sendmsg_stream, &header, sizeof header),
	LOOKING(sendmsg_datagram, &header, sizeof header),
	LOOKING(recvmsg_vector, parts, sizeof parts),
	LOOKING(sendmsg_vector, parts, sizeof parts),
	LOOKING(sendmsg_name, &there, sizeof there),
	/* Without the length, which is written when a message has come. */
	LOOKING(recvmmsg_one, batch, offsetof(struct mmsghdr, msg_len)),
	LOOKING(recvmmsg_whole, batch, offsetof(struct mmsghdr, msg_len)),
	LOOKING(sendmmsg_one, batch, offsetof(struct mmsghdr, msg_len) + sizeof(int)),
	LOOKING(connect_there, &there, sizeof there),
	LOOKING(accept_length, zeros, sizeof(socklen_t)),
	LOOKING(sendto_there, &there, sizeof there),
	LOOKING(option_value, zeros, sizeof(struct timeval)),
	LOOKING(option_told, zeros, sizeof(int)),
	LOOKING(option_length, zeros, sizeof(socklen_t)),
	LOOKING(sendfile_offset, zeros, sizeof(off_t)),
	LOOKING(splice_offset, zeros, sizeof(loff_t)),
	LOOKING(ioctl_value, zeros, sizeof(int)),
	LOOKING(pair_of, zeros, 2 * sizeof(int)),
#if __TIMESIZE == 64
	LOOKING(epoll_timeout, &second, sizeof second),
	LOOKING(recvmmsg_timeout, &second, sizeof second),
#endif
};

static void open_all(void)
{
	stream_pair(AF_UNIX, streams);
	udp_pair(datagrams);
	set = epoll_create1(0);
	ck_assert_int_eq(epoll_ctl(set, EPOLL_CTL_ADD, streams[0],
				   &(struct epoll_event){.events = EPOLLOUT}),
			 0);
	file = memfd_create("test", 0);
	ck_assert_int_eq(write(file, "xxxx", 4), 4);
	ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
	ck_assert_int_eq(pipe(ends), 0);
	listener = tcp_listener(&there, 4);
	batch[0].msg_hdr = header;
	/* From now on all of a set is looked at. */
	ck_assert_int_eq(dup2(ends[0], SET_DESCRIPTORS - 1), SET_DESCRIPTORS - 1);
}

static void ck_nowhere(const struct looking *looking, void *bad, const char *what)
{
	long result;
	int error;

	errno = 0;
	result = looking->call(bad);
	error = errno;
	ck_assert_msg(result == -1 && error == EFAULT, "%s, %s: %ld, %s", looking->name, what,
		      result, strerror(error));
}

static void ck_nowhere_at_all(const struct looking *looking)
{
	char *const none = two_pages(false), *const gone = two_pages(true);

	ck_nowhere(looking, (void *)(uintptr_t)1, "1");
	ck_nowhere(looking, (void *)UINTPTR_MAX, "-1");
	ck_nowhere(looking, none + MEMORY_PAGE, "PROT_NONE");
	ck_nowhere(looking, gone + MEMORY_PAGE, "unmapped");
	ck_nowhere(looking, gone + MEMORY_PAGE + 8, "in the middle of nothing");
	for (size_t before = 1; before < looking->size; before += before < 8 ? 1 : 4) {
		memcpy(none + MEMORY_PAGE - before, looking->good, before);
		ck_nowhere(looking, none + MEMORY_PAGE - before, "into PROT_NONE");
		memcpy(gone + MEMORY_PAGE - before, looking->good, before);
		ck_nowhere(looking, gone + MEMORY_PAGE - before, "into nothing");
	}
	ck_assert_int_eq(munmap(none, 2 * MEMORY_PAGE), 0);
	ck_assert_int_eq(munmap(gone, MEMORY_PAGE), 0);
}

static void *send_late(void *argument)
{
	const pid_t *const waiter = argument;

	for (int i = 0; i < 3; i++) {
		wait_until_blocked(*waiter, -1);
		ck_assert_int_eq(send(streams[1], "x", 1, 0), 1);
		while (recv(streams[0], bytes, 1, MSG_PEEK | MSG_DONTWAIT) == 1)
			(void)poll(NULL, 0, 1);
	}
	return NULL;
}

/* What the library has learned, or the program has set, before. */
enum before { BEFORE_NOTHING, BEFORE_SILENCE, BEFORE_LOW_WATER, BEFORE_WAITS, BEFORE_COUNT };

static void prepare(enum before before)
{
	struct pollfd silent = {.fd = datagrams[1], .events = POLLIN};
	pid_t tid = thread_id();
	pthread_t sender;
	int two = 2;

	switch (before) {
	case BEFORE_SILENCE:
		ck_assert_int_eq(poll(&silent, 1, 20), 0);
		break;
	case BEFORE_LOW_WATER:
		ck_assert_int_eq(
			setsockopt(streams[0], SOL_SOCKET, SO_RCVLOWAT, &two, sizeof two), 0);
		break;
	case BEFORE_WAITS:
		ck_assert_int_eq(pthread_create(&sender, NULL, send_late, &tid), 0);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(recv(streams[0], bytes, 1, 0), 1);
		ck_assert_int_eq(pthread_join(sender, NULL), 0);
		break;
	default:
		break;
	}
}

/* _i names the call, and what was before. */
BEHAVIOUR_LOOP(nowhere, ALL, COUNT(lookings) * BEFORE_COUNT)
{
	open_all();
	prepare((enum before)(_i % BEFORE_COUNT));
	ck_nowhere_at_all(&lookings[_i / BEFORE_COUNT]);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "memory that is nowhere");
}
