/*
 * recvmsg: ancillary data, which comes once; records and their flags; the caller's msghdr.
 */
#include "config.h"

#include "harness/receiving.h"

#include <dirent.h>
#include <sys/time.h>
#include <sys/uio.h>

/* Send text with a descriptor. */
static void give_descriptor(int fd, const char *text, int descriptor)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof descriptor)] = "";
	struct cmsghdr *const part = (struct cmsghdr *)(void *)control;
	struct iovec vector = {(char *)(uintptr_t)text, strlen(text)};
	struct msghdr message = {.msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof control};

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof descriptor);
	memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
	ck_assert_int_eq(sendmsg(fd, &message, 0), (int)strlen(text));
}

static int open_descriptors(void)
{
	DIR *const all = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(all);
	while (readdir(all) != NULL)
		count++;
	ck_assert_int_eq(closedir(all), 0);
	return count;
}

/* A recvmsg that may be made in a thread. */
struct call {
	int fd, flags;
	struct iovec vector[2];
	struct msghdr message;
	_Alignas(struct cmsghdr) char control[256];
	char name[64];
	char bytes[32];

	pthread_t thread;
	pid_t tid;
	ssize_t result;
	int error;
};

static void prepare(struct call *call, int fd, size_t length, int flags)
{
	*call = (struct call){
		.fd = fd, .flags = flags, .bytes = "..............................."};
	call->vector[0] = (struct iovec){call->bytes, length / 2};
	call->vector[1] = (struct iovec){call->bytes + length / 2, length - length / 2};
	call->message = (struct msghdr){.msg_name = call->name,
					.msg_namelen = sizeof call->name,
					.msg_iov = call->vector,
					.msg_iovlen = 2,
					.msg_control = call->control,
					.msg_controllen = sizeof call->control,
					.msg_flags = 0x5a5a};
}

static void *run(void *argument)
{
	struct call *const call = argument;

	errno = EXDEV;
	call->result = recvmsg(call->fd, &call->message, call->flags);
	call->error = errno;
	return NULL;
}

/* It gave that; what it had to leave alone it has left alone. */
static void ck_call(const struct call *call, const char *bytes, int flags)
{
	struct call before;

	prepare(&before, call->fd, call->vector[0].iov_len + call->vector[1].iov_len,
		call->flags);
	ck_assert_int_eq(call->result, (int)strlen(bytes));
	ck_assert_mem_eq(call->bytes, bytes, strlen(bytes));
	ck_assert_int_eq(call->error, EXDEV);
	ck_assert_int_eq(call->message.msg_flags & ~MSG_CMSG_CLOEXEC, flags);
	ck_assert_ptr_eq(call->message.msg_iov, call->vector);
	ck_assert_int_eq((int)call->message.msg_iovlen, 2);
	ck_assert_ptr_eq(call->message.msg_name, call->name);
	ck_assert_ptr_eq(call->vector[0].iov_base, call->bytes);
	ck_assert_int_eq((int)call->vector[0].iov_len, (int)before.vector[0].iov_len);
	ck_assert_int_eq((int)call->vector[1].iov_len, (int)before.vector[1].iov_len);
}

/* The ancillary data of that type, of which there is exactly one; NULL where there is none. */
static const void *ancillary(struct call *call, int type)
{
	const void *found = NULL;
	struct cmsghdr *part;

	for (part = CMSG_FIRSTHDR(&call->message); part != NULL;
	     part = CMSG_NXTHDR(&call->message, part))
		if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == type) {
			ck_assert_ptr_null(found);
			found = CMSG_DATA(part);
		}
	return found;
}

static void ck_descriptor(struct call *call)
{
	const void *const data = ancillary(call, SCM_RIGHTS);
	int fd;

	ck_assert_ptr_nonnull(data);
	memcpy(&fd, data, sizeof fd);
	ck_assert_int_eq(close(fd), 0);
}

BEHAVIOUR_LOOP(descriptor, ALL, 3)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	int pair[2], before;
	struct call call;

	unix_pair(types[_i], pair);
	before = open_descriptors();
	give_descriptor(pair[1], "abc", 0);
	give(pair[1], "def", 3);
	for (int part = 0; part < 2; part++) {
		prepare(&call, pair[0], part == 0 ? 3 : 30, 0);
		run(&call);
		ck_call(&call, part == 0 ? "abc" : "def", 0);
		if (part == 0)
			ck_descriptor(&call);
		else
			ck_assert_ptr_null(ancillary(&call, SCM_RIGHTS));
	}
	ck_assert_int_eq(open_descriptors(), before);
}

/* A call with MSG_WAITALL ends with the bytes that descriptors came with. */
BEHAVIOUR_TEST(descriptor_whole, ALL)
{
	int pair[2], before;
	struct call call;

	stream_pair(AF_UNIX, pair);
	before = open_descriptors();
	give(pair[1], "abc", 3);
	give_descriptor(pair[1], "def", 0);
	give(pair[1], "ghi", 3);
	prepare(&call, pair[0], 9, MSG_WAITALL);
	run(&call);
	ck_call(&call, "abcdef", 0);
	ck_descriptor(&call);
	/* … where there is no room for them as well. */
	give_descriptor(pair[1], "jkl", 0);
	give(pair[1], "mno", 3);
	prepare(&call, pair[0], 9, MSG_WAITALL);
	call.message.msg_controllen = 0;
	run(&call);
	ck_call(&call, "ghijkl", MSG_CTRUNC);
	prepare(&call, pair[0], 3, MSG_WAITALL);
	run(&call);
	ck_call(&call, "mno", 0);
	ck_assert_int_eq((int)call.message.msg_controllen, 0);
	ck_assert_int_eq(open_descriptors(), before);
}

/* The same, while the call waits. */
BEHAVIOUR_TEST(descriptor_in_pieces, NATIVE | LONG)
{
	int pair[2], before;
	struct call call;

	stream_pair(AF_UNIX, pair);
	before = open_descriptors();
	for (int room = 1; room >= 0; room--) {
		prepare(&call, pair[0], 9, MSG_WAITALL);
		if (room == 0)
			call.message.msg_controllen = 0;
		give(pair[1], "abc", 3);
		call.thread = background(&call.tid, run, &call);
		wait_until_taken(pair[0]);
		wait_until_waiting(call.tid);
		give_descriptor(pair[1], "def", 0);
		ck_assert_int_eq(pthread_join(call.thread, NULL), 0);
		ck_call(&call, "abcdef", room != 0 ? 0 : MSG_CTRUNC);
		if (room != 0)
			ck_descriptor(&call);
		ck_assert_int_eq(open_descriptors(), before);
	}
}

/* Descriptors came with the first of the bytes, and then the deadline. */
BEHAVIOUR_TEST(descriptor_deadline, SHORT)
{
	int pair[2], before;
	struct call call;

	stream_pair(AF_UNIX, pair);
	before = open_descriptors();
	prepare(&call, pair[0], 9, MSG_WAITALL);
	run(&call);
	ck_assert_int_eq(call.result, -1);
	ck_assert_int_eq(call.error, ETIMEDOUT);
	give(pair[1], "abc", 3);
	prepare(&call, pair[0], 9, MSG_WAITALL);
	run(&call);
	ck_call(&call, "abc", 0);
	ck_assert_int_eq(open_descriptors(), before);
}

BEHAVIOUR_LOOP(credentials, ALL, 3)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	const int yes = 1;
	const struct ucred *sender;
	int pair[2];
	struct call call;

	unix_pair(types[_i], pair);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes), 0);
	prepare(&call, pair[0], 6, types[_i] == SOCK_STREAM ? MSG_WAITALL : 0);
	give(pair[1], "abc", 3);
	if (types[_i] == SOCK_STREAM)
		give(pair[1], "def", 3);
	run(&call);
	ck_call(&call, types[_i] == SOCK_STREAM ? "abcdef" : "abc", 0);
	sender = ancillary(&call, SCM_CREDENTIALS);
	ck_assert_ptr_nonnull(sender);
	ck_assert_int_eq(sender->pid, getpid());
	ck_assert_int_eq((int)sender->uid, (int)getuid());
}

/* In pieces, with room for the credentials and without: then too MSG_WAITALL is met. */
BEHAVIOUR_TEST(credentials_in_pieces, NATIVE | LONG)
{
	const int yes = 1;
	int pair[2];
	struct call call;

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes), 0);
	for (int room = 1; room >= 0; room--) {
		prepare(&call, pair[0], 6, MSG_WAITALL);
		if (room == 0)
			call.message.msg_controllen = 0;
		give(pair[1], "abc", 3);
		call.thread = background(&call.tid, run, &call);
		wait_until_taken(pair[0]);
		wait_until_waiting(call.tid);
		give(pair[1], "def", 3);
		ck_assert_int_eq(pthread_join(call.thread, NULL), 0);
		ck_call(&call, "abcdef", room != 0 ? 0 : MSG_CTRUNC);
		if (room != 0)
			ck_assert_ptr_nonnull(ancillary(&call, SCM_CREDENTIALS));
	}
}

BEHAVIOUR_TEST(timestamp, ALL)
{
	const int yes = 1;
	const struct timeval *stamp;
	struct timeval now;
	struct sockaddr_in from, sender;
	socklen_t length = sizeof sender;
	int pair[2];
	struct call call;

	udp_pair(pair);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_TIMESTAMP, &yes, sizeof yes), 0);
	prepare(&call, pair[0], 9, MSG_WAITALL);
	if (mode() != MODE_SHORT) {
		call.thread = background(&call.tid, run, &call);
		wait_until_waiting(call.tid);
	}
	give(pair[1], "abc", 3);
	if (mode() != MODE_SHORT)
		ck_assert_int_eq(pthread_join(call.thread, NULL), 0);
	else
		run(&call);
	ck_call(&call, "abc", 0);
	stamp = ancillary(&call, SCM_TIMESTAMP);
	ck_assert_ptr_nonnull(stamp);
	ck_assert_int_eq(gettimeofday(&now, NULL), 0);
	ck_assert_int_le(now.tv_sec - stamp->tv_sec, HANG_MS / 1000);
	ck_assert_int_eq(getsockname(pair[1], (struct sockaddr *)&sender, &length), 0);
	ck_assert_int_eq((int)call.message.msg_namelen, (int)sizeof from);
	memcpy(&from, call.name, sizeof from);
	ck_assert_int_eq(from.sin_port, sender.sin_port);
}

/* Records: one a call, the rest of one is lost and said to be. */
BEHAVIOUR_TEST(records, ALL)
{
	int pair[2];
	struct call call;

	unix_pair(SOCK_SEQPACKET, pair);
	ck_assert_int_eq(send(pair[1], "longer", 6, MSG_EOR), 6);
	ck_assert_int_eq(send(pair[1], "next", 4, MSG_EOR), 4);
	prepare(&call, pair[0], 4, MSG_WAITALL);
	run(&call);
	ck_call(&call, "long", MSG_TRUNC);
	prepare(&call, pair[0], 10, MSG_WAITALL);
	run(&call);
	ck_call(&call, "next", 0);
}

/* A call that fails leaves its msghdr as it was. */
BEHAVIOUR_TEST(failed, ALL)
{
	for (int i = 0; i < kind_count; i++) {
		struct call call, before;
		int pair[2];

		kind_pair(&kinds[i], pair);
		prepare(&call, pair[0], 10, MSG_WAITALL);
		if (mode() != MODE_SHORT)
			call.flags |= MSG_DONTWAIT;
		before = call;
		run(&call);
		ck_assert_int_eq(call.result, -1);
		ck_assert_int_eq(call.error, mode() == MODE_SHORT ? ETIMEDOUT : EAGAIN);
		ck_assert_mem_eq(&call.message, &before.message, sizeof call.message);
		ck_assert_mem_eq(call.vector, before.vector, sizeof call.vector);
		ck_assert_mem_eq(call.bytes, before.bytes, sizeof call.bytes);
		ck_assert_mem_eq(call.name, before.name, sizeof call.name);
	}
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "recvmsg");
}
