/*
 * The calls of blocking.h, and the rows. To add a call: its function, and a line of calls[].
 */
#include "config.h"

#include "harness/blocking.h"
#include "harness/receiving.h"
#include "harness/waiting.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define LENGTH BLOCKING_RESULT

/* Other names of libc's, declared nowhere. */
ssize_t other_send(int fd, const void *buffer, size_t length, int flags) __asm__(OTHER_SEND);
ssize_t __write(int fd, const void *buffer, size_t length);
int __connect(int fd, const struct sockaddr *address, socklen_t length);
int __dprintf_chk(int fd, int flag, const char *format, ...);

static char block[LENGTH];

static bool has_messages(const struct scene *scene)
{
	return scene->blocking->kind->type != SOCK_STREAM;
}

/* By the function of that name in receiving.h. */
static long call_receiver(struct scene *scene)
{
	return receiver_named(scene->blocking->call->name)
		->call(scene->fd, block, LENGTH, scene->flags);
}

static long call_waitall(struct scene *scene)
{
	return recv(scene->fd, block, LENGTH, MSG_WAITALL | scene->flags);
}

static long call_peek(struct scene *scene)
{
	return recv(scene->fd, block, LENGTH, MSG_PEEK | MSG_WAITALL | scene->flags);
}

/* Three messages, or one piece of a stream. */
static long call_recvmmsg(struct scene *scene)
{
	const int count = has_messages(scene) ? 3 : 1;
	struct iovec whole = {block, LENGTH};
	struct mmsghdr messages[3];
	int n;

	memset(messages, 0, sizeof messages);
	for (int i = 0; i < count; i++) {
		messages[i].msg_hdr.msg_iov = &whole;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(scene->fd, messages, (unsigned)count, scene->flags, NULL);
	return n == count ? (long)messages[0].msg_len : n;
}

static long call_syscall_recvfrom(struct scene *scene)
{
	return syscall(SYS_recvfrom, scene->fd, block, (long)LENGTH, (long)scene->flags, NULL,
		       NULL);
}

/* Where the address of a datagram is not the peer's. */
static const struct sockaddr *destination(const struct scene *scene)
{
	return scene->address.length != 0 ? (const struct sockaddr *)&scene->address.storage
					  : NULL;
}

static long call_send(struct scene *scene)
{
	return send(scene->fd, block, LENGTH, scene->flags);
}

static long call_send_alias(struct scene *scene)
{
	return other_send(scene->fd, block, LENGTH, scene->flags);
}

static long call_sendto(struct scene *scene)
{
	return sendto(scene->fd, block, LENGTH, scene->flags, destination(scene),
		      scene->address.length);
}

static long call_syscall_sendto(struct scene *scene)
{
	return syscall(SYS_sendto, scene->fd, block, (long)LENGTH, (long)scene->flags, NULL,
		       0L);
}

static long call_sendmsg(struct scene *scene)
{
	struct iovec whole = {block, LENGTH};
	const struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1};

	return sendmsg(scene->fd, &message, scene->flags);
}

static long call_sendmmsg(struct scene *scene)
{
	struct iovec whole = {block, LENGTH};
	struct mmsghdr message;

	memset(&message, 0, sizeof message);
	message.msg_hdr.msg_iov = &whole;
	message.msg_hdr.msg_iovlen = 1;
	return sendmmsg(scene->fd, &message, 1, scene->flags) == 1 ? (long)message.msg_len : -1;
}

static long call_write(struct scene *scene)
{
	return write(scene->fd, block, LENGTH);
}

static long call_write_alias(struct scene *scene)
{
	return __write(scene->fd, block, LENGTH);
}

static long call_writev(struct scene *scene)
{
	const struct iovec halves[2] = {{block, LENGTH / 2}, {block + LENGTH / 2, LENGTH / 2}};

	return writev(scene->fd, halves, 2);
}

static long call_sendfile(struct scene *scene)
{
	off_t offset = 0;

	return sendfile(scene->fd, scene->file, &offset, LENGTH);
}

static long call_sendfile64(struct scene *scene)
{
	off64_t offset = 0;

	return sendfile64(scene->fd, scene->file, &offset, LENGTH);
}

/* A pipe for each thread, with so many bytes: the kernel holds a pipe while it waits for the socket
 * (fs/splice.c). */
static const int *pipe_with(int length)
{
	static __thread int ends[2];
	int there = 0;

	if (ends[1] == 0 && pipe(ends) != 0)
		abort();
	if (ioctl(ends[0], FIONREAD, &there) != 0)
		abort();
	if (there > length && read(ends[0], block, LENGTH) != LENGTH)
		abort();
	if (there < length && write(ends[1], block, LENGTH) != LENGTH)
		abort();
	errno = EXDEV;
	return ends;
}

static long call_splice_in(struct scene *scene)
{
	return splice(scene->fd, NULL, pipe_with(0)[1], NULL, LENGTH, 0);
}

static long call_splice_out(struct scene *scene)
{
	return splice(pipe_with(LENGTH)[0], NULL, scene->fd, NULL, LENGTH, 0);
}

static long call_dprintf(struct scene *scene)
{
	return dprintf(scene->fd, "%*d", LENGTH, 1);
}

static long call_dprintf_chk(struct scene *scene)
{
	return __dprintf_chk(scene->fd, 1, "%*d", LENGTH, 1);
}

/* The accepted socket has no timer of the library's. */
static long accepted(int fd)
{
	if (fd < 0)
		return -1;
	return kernel_timer(fd, SO_RCVTIMEO) == 0 ? LENGTH : -2;
}

static long call_accept(struct scene *scene)
{
	return accepted(accept(scene->fd, NULL, NULL));
}

static long call_accept4(struct scene *scene)
{
	return accepted(accept4(scene->fd, NULL, NULL, SOCK_CLOEXEC));
}

static long call_connect(struct scene *scene)
{
	return connect(scene->fd, destination(scene), scene->address.length) == 0 ? LENGTH : -1;
}

static long call_connect_alias(struct scene *scene)
{
	return __connect(scene->fd, destination(scene), scene->address.length) == 0 ? LENGTH
										    : -1;
}

/* A wait for the socket alone, and then the call that it was for. */
static long wait_and(struct scene *scene, enum waiter waiter)
{
	const bool out = scene->blocking->call->side == WAITS_OUT;
	struct wait wait;
	int n, error;

	wait_open(&wait, waiter);
	wait_add(&wait, scene->fd, out ? POLLOUT : POLLIN);
	errno = EXDEV;
	n = wait_for(&wait, scene->wait_ms);
	error = errno;
	wait_close(&wait);
	errno = n == 0 ? EAGAIN : error;
	if (n <= 0)
		return -1;
	if (!out)
		return recv(scene->fd, block, LENGTH, MSG_DONTWAIT);
	/* poll(2) tells of less room than LENGTH. */
	n = (int)send(scene->fd, block, LENGTH, MSG_DONTWAIT);
	return n > 0 ? LENGTH : n;
}

#define WAITER(function, waiter)                                                               \
	static long function(struct scene *scene)                                              \
	{                                                                                      \
		return wait_and(scene, waiter);                                                \
	}
WAITER(call_poll, WAITER_POLL)
WAITER(call_ppoll, WAITER_PPOLL)
WAITER(call_poll_alias, WAITER_POLL_ALIAS)
WAITER(call_poll_chk, WAITER_POLL_CHK)
WAITER(call_ppoll_chk, WAITER_PPOLL_CHK)
WAITER(call_select, WAITER_SELECT)
WAITER(call_select_alias, WAITER_SELECT_ALIAS)
WAITER(call_pselect, WAITER_PSELECT)
WAITER(call_epoll_wait, WAITER_EPOLL_WAIT)
WAITER(call_epoll_pwait, WAITER_EPOLL_PWAIT)
WAITER(call_epoll_pwait2, WAITER_EPOLL_PWAIT2)

/* For what can be received, and for room to send. */
#define BOTH_WAYS(name, traits, function)                                                      \
	{name, WAITS_IN, traits, function},                                                    \
	{                                                                                      \
		name "-out", WAITS_OUT, traits, function                                       \
	}

static const struct call calls[] = {
	{"recv", RECEIVES, TAKES_FLAGS | ALSO_USED, call_receiver},
	{"recv-waitall", RECEIVES, TAKES_FLAGS, call_waitall},
	{"recv-peek", RECEIVES, TAKES_FLAGS, call_peek},
	{"recvfrom", RECEIVES, TAKES_FLAGS | ALSO_USED, call_receiver},
	{"recvmsg", RECEIVES, TAKES_FLAGS | ALSO_USED, call_receiver},
	{"recvmmsg", RECEIVES, TAKES_FLAGS, call_recvmmsg},
	{"read", RECEIVES, ALSO_USED, call_receiver},
	{"readv", RECEIVES, ALSO_USED, call_receiver},
	{"__recv_chk", RECEIVES, TAKES_FLAGS, call_receiver},
	{"__recvfrom_chk", RECEIVES, TAKES_FLAGS, call_receiver},
	{"__read_chk", RECEIVES, 0, call_receiver},
	{"__read", RECEIVES, 0, call_receiver},
	{"splice", RECEIVES, ALSO_USED, call_splice_in},
	{"syscall-recvfrom", RECEIVES, TAKES_FLAGS | NOT_CANCELLABLE, call_syscall_recvfrom},
	{"send", SENDS, TAKES_FLAGS, call_send},
	{"__send", SENDS, TAKES_FLAGS, call_send_alias},
	{"sendto", SENDS, TAKES_FLAGS | ALSO_USED | UNCONNECTED, call_sendto},
	{"sendmsg", SENDS, TAKES_FLAGS, call_sendmsg},
	{"sendmmsg", SENDS, TAKES_FLAGS, call_sendmmsg},
	{"write", SENDS, 0, call_write},
	{"__write", SENDS, 0, call_write_alias},
	{"writev", SENDS, 0, call_writev},
	/* sysdeps/unix/sysv/linux/syscalls.list */
	{"sendfile", SENDS, NOT_CANCELLABLE | ALSO_USED, call_sendfile},
	{"sendfile64", SENDS, NOT_CANCELLABLE, call_sendfile64},
	{"splice-out", SENDS, ALSO_USED, call_splice_out},
	{"dprintf", SENDS, ON_A_STREAM, call_dprintf},
	{"__dprintf_chk", SENDS, ON_A_STREAM, call_dprintf_chk},
	{"syscall-sendto", SENDS, TAKES_FLAGS | NOT_CANCELLABLE, call_syscall_sendto},
	{"accept", ACCEPTS, 0, call_accept},
	{"accept4", ACCEPTS, 0, call_accept4},
	{"connect", CONNECTS, 0, call_connect},
	{"__connect", CONNECTS, 0, call_connect_alias},
	BOTH_WAYS("poll", 0, call_poll),
	BOTH_WAYS("__poll", 0, call_poll_alias),
	BOTH_WAYS("__poll_chk", 0, call_poll_chk),
	BOTH_WAYS("ppoll", 0, call_ppoll),
	BOTH_WAYS("__ppoll_chk", 0, call_ppoll_chk),
	BOTH_WAYS("select", 0, call_select),
	BOTH_WAYS("__select", 0, call_select_alias),
	BOTH_WAYS("pselect", 0, call_pselect),
	BOTH_WAYS("epoll_wait", STOP_INTERRUPTS, call_epoll_wait),
	BOTH_WAYS("epoll_pwait", STOP_INTERRUPTS, call_epoll_pwait),
	BOTH_WAYS("epoll_pwait2", STOP_INTERRUPTS, call_epoll_pwait2),
};

/* At most: each kind, and a used socket of two. */
static struct blocking rows[COUNT(calls) * (6 + 2)];
const struct blocking *blockings = rows;
int blocking_count;

static const char *why_never(const struct call *call, const struct kind *kind)
{
	if ((call->side == SENDS || call->side == WAITS_OUT) && kind->family == AF_INET &&
	    kind->type == SOCK_DGRAM)
		return "the loopback device takes every UDP datagram at once";
	if (call->side == CONNECTS && kind->type == SOCK_DGRAM)
		return "a connect of datagrams only stores the address";
	if (call->side == ACCEPTS && kind->type == SOCK_DGRAM)
		return "a socket of datagrams accepts no connections";
	return NULL;
}

static void add_row(const struct call *call, const struct kind *kind, bool used)
{
	struct blocking *const row = &rows[blocking_count++];

	(void)snprintf(row->name, sizeof row->name, "%s/%s%s", call->name, kind->name,
		       used ? "-used" : "");
	row->call = call;
	row->kind = kind;
	row->used = used;
	row->option = call->side == SENDS || call->side == CONNECTS || call->side == WAITS_OUT
			      ? SO_SNDTIMEO
			      : SO_RCVTIMEO;
	row->never = why_never(call, kind);
}

__attribute__((constructor)) static void make_rows(void)
{
	for (int c = 0; c < COUNT(calls); c++)
		for (int k = 0; k < kind_count; k++) {
			add_row(&calls[c], &kinds[k], false);
			if ((calls[c].traits & ALSO_USED) != 0 &&
			    (strcmp(kinds[k].name, "tcp") == 0 ||
			     strcmp(kinds[k].name, "unix-dgram") == 0))
				add_row(&calls[c], &kinds[k], true);
		}
}

long scene_call(struct scene *scene)
{
	return scene->blocking->call->make(scene);
}
