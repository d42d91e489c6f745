/*
 * Messages: datagrams and records stay whole; a full AF_UNIX receiver, which poll does not always
 * see, is waited for without burning the processor; what sendmmsg counts.
 */
#include "config.h"

#include "harness/transmit.h"

/* A receiver under an abstract name of its own. */
static int receiver(struct sockaddr_un *address, socklen_t *length)
{
	const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, sizeof(sa_family_t)), 0);
	*length = sizeof *address;
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, length), 0);
	return fd;
}

/* Sends to a receiver that is, or will soon be, full. */
struct sender {
	int fd;
	int how; /* 0 sendto, 1 sendmsg, 2 sendmmsg; with an address; 3 send, 4 write, 5 writev */
	struct sockaddr_un address;
	socklen_t length;
	int count; /* send so many; 0: one */

	ssize_t result;
	int error;
	double cpu_ms, took_ms;
	pthread_t thread;
	pid_t id;
};

static ssize_t send_one(struct sender *sender, int number)
{
	struct iovec vector = {&number, sizeof number};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};

	if (sender->how < 3) {
		message.msg_hdr.msg_name = &sender->address;
		message.msg_hdr.msg_namelen = sender->length;
	}
	switch (sender->how) {
	case 0:
		return sendto(sender->fd, &number, sizeof number, 0,
			      (struct sockaddr *)&sender->address, sender->length);
	case 1:
		return sendmsg(sender->fd, &message.msg_hdr, 0);
	case 2:
		return sendmmsg(sender->fd, &message, 1, 0) == 1 ? (ssize_t)message.msg_len
								 : -1;
	case 3:
		return send(sender->fd, &number, sizeof number, 0);
	case 4:
		return write(sender->fd, &number, sizeof number);
	default:
		return writev(sender->fd, &vector, 1);
	}
}

static void *sender_run(void *argument)
{
	struct sender *const sender = argument;
	const double cpu = thread_cpu_ms(), started = now_ms();

	for (int i = 0; i <= sender->count; i++) {
		errno = EXDEV;
		sender->result = send_one(sender, 1000 + i);
		sender->error = errno;
		if (sender->result < 0)
			break;
	}
	sender->took_ms = now_ms() - started;
	sender->cpu_ms = thread_cpu_ms() - cpu;
	return NULL;
}

/* Fill the receiver's queue from fd; the datagrams are numbered from 0. Returns how many. */
static int fill_queue(struct sender *sender)
{
	int count = 0;

	while (sendto(sender->fd, &count, sizeof count, MSG_DONTWAIT,
		      sender->how < 3 ? (struct sockaddr *)&sender->address : NULL,
		      sender->how < 3 ? sender->length : 0) == sizeof count)
		count++;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_gt(count, 0);
	return count;
}

/* A sender of that kind, and its receiver, full; *queued is how many datagrams that is. */
static int full_receiver(struct sender *sender, int how, int *queued)
{
	int fd;

	memset(sender, 0, sizeof *sender);
	sender->how = how;
	fd = receiver(&sender->address, &sender->length);
	sender->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (how >= 3)
		ck_assert_int_eq(connect(sender->fd, (struct sockaddr *)&sender->address,
					 sender->length),
				 0);
	*queued = fill_queue(sender);
	return fd;
}

static void receive_number(int fd, int number)
{
	int got = -1;

	ck_assert_int_eq(recv(fd, &got, sizeof got, 0), sizeof got);
	ck_assert_int_eq(got, number);
}

/* It waits, and goes on when the receiver reads. */
BEHAVIOUR_TEST(full_goes_on, ALL)
{
	for (int how = 0; how < 6; how++) {
		struct sender sender;
		int queued, fd = full_receiver(&sender, how, &queued);

		sender.thread = background(&sender.id, sender_run, &sender);
		wait_until_waiting(sender.id);
		for (int i = 0; i < queued; i++)
			receive_number(fd, i);
		ck_assert_int_eq(pthread_join(sender.thread, NULL), 0);
		ck_assert_int_eq(sender.result, sizeof(int));
		ck_assert_int_eq(sender.error, EXDEV);
		receive_number(fd, 1000);
		ck_failed(recv(fd, &queued, sizeof queued, MSG_DONTWAIT), EAGAIN);
		/* What was done to the socket has been undone. */
		{
			struct timeval own = {9, 9};
			socklen_t length = sizeof own;

			ck_assert_int_eq(
				getsockopt(sender.fd, SOL_SOCKET, SO_SNDTIMEO, &own, &length),
				0);
			ck_assert(own.tv_sec == 0 && own.tv_usec == 0);
		}
	}
}

BEHAVIOUR_TEST(full_times_out, SHORT)
{
	for (int how = 0; how < 6; how++) {
		struct sender sender;
		int queued, fd = full_receiver(&sender, how, &queued);
		double started = now_ms(), cpu = thread_cpu_ms();

		ck_timed_out(send_one(&sender, 1000), started);
		ck_assert_double_lt(thread_cpu_ms() - cpu, SHORT_MS / 4.0);
		for (int i = 0; i < queued; i++)
			receive_number(fd, i);
		ck_failed(recv(fd, &queued, sizeof queued, MSG_DONTWAIT), EAGAIN);
	}
}

/* Several threads wait to send through one socket: each for its own time, none is sent back with
 * EAGAIN by what the others do. */
BEHAVIOUR_TEST(full_and_many, ALL)
{
	for (int how = 0; how < 6; how += 3) {
		struct sender senders[6];
		int queued, fd = full_receiver(&senders[0], how, &queued);

		for (size_t i = 0; i < 6; i++) {
			senders[i] = senders[0];
			senders[i].thread = background(&senders[i].id, sender_run, &senders[i]);
			wait_until_waiting(senders[i].id);
		}
		if (mode() != MODE_SHORT) {
			for (int i = 0; i < queued; i++)
				receive_number(fd, i);
			for (int i = 0; i < 6; i++)
				receive_number(fd, 1000);
		}
		for (size_t i = 0; i < 6; i++) {
			ck_assert_int_eq(pthread_join(senders[i].thread, NULL), 0);
			if (mode() == MODE_SHORT) {
				ck_assert_int_eq(senders[i].result, -1);
				ck_assert_int_eq(senders[i].error, ETIMEDOUT);
				ck_assert_double_ge(senders[i].took_ms, SHORT_MS);
				ck_took_in_time(senders[i].took_ms, SHORT_MS);
			} else {
				ck_assert_int_eq(senders[i].result, sizeof(int));
			}
		}
	}
}

/* The receiver goes away. */
BEHAVIOUR_TEST(full_and_gone, ALL)
{
	for (int how = 0; how < 4; how += 3) {
		struct sender sender;
		int queued, fd = full_receiver(&sender, how, &queued);

		sender.thread = background(&sender.id, sender_run, &sender);
		wait_until_waiting(sender.id);
		ck_assert_int_eq(close(fd), 0);
		ck_assert_int_eq(pthread_join(sender.thread, NULL), 0);
		ck_assert_int_eq(sender.result, -1);
		ck_assert_int_eq(sender.error, ECONNREFUSED);
	}
}

struct many {
	int fd;
	_Atomic int result;
	struct mmsghdr messages[64];
	pid_t id;
};

static void *many_run(void *argument)
{
	struct many *const many = argument;

	many->result = sendmmsg(many->fd, many->messages, 64, 0);
	return NULL;
}

/* sendmmsg of more than the queue takes: all of them in time, else those that went. */
BEHAVIOUR_TEST(sendmmsg_to_full, ALL)
{
	for (int how = 0; how < 6; how += 3) {
		struct sender sender;
		struct many many = {.result = -1};
		struct iovec vectors[64];
		int numbers[64], queued, fd = full_receiver(&sender, how, &queued);
		double started;
		pthread_t thread;

		for (int i = 0; i < 64; i++) {
			numbers[i] = 1000 + i;
			vectors[i] = (struct iovec){&numbers[i], sizeof numbers[i]};
			many.messages[i].msg_hdr.msg_iov = &vectors[i];
			many.messages[i].msg_hdr.msg_iovlen = 1;
			many.messages[i].msg_hdr.msg_name = how < 3 ? &sender.address : NULL;
			many.messages[i].msg_hdr.msg_namelen = how < 3 ? sender.length : 0;
		}
		many.fd = sender.fd;
		started = now_ms();
		thread = background(&many.id, many_run, &many);
		wait_until_waiting(many.id);
		for (int i = 0; i < queued; i++)
			receive_number(fd, i);
		if (mode() == MODE_SHORT) {
			int count = 0, number;
			/* A drop at a time: one message each half T. */
			while (many.result < 0 && now_ms() - started < 8 * SHORT_MS) {
				const double next = now_ms() + SHORT_MS / 2.0;

				while (now_ms() < next)
					(void)usleep(1000);
				if (recv(fd, &number, sizeof number, MSG_DONTWAIT) > 0)
					ck_assert_int_eq(number, 1000 + count++);
			}
			/* It has not gone on for as long as there were drops. */
			ck_assert_int_ge(many.result, 0);
			ck_assert_int_eq(pthread_join(thread, NULL), 0);
			ck_assert_double_ge(now_ms() - started, SHORT_MS);
			ck_in_time(started, SHORT_MS);
			while (recv(fd, &number, sizeof number, MSG_DONTWAIT) > 0)
				ck_assert_int_eq(number, 1000 + count++);
			ck_assert_int_eq(many.result, count);
			ck_assert_int_gt(count, 0);
			ck_assert_int_lt(count, 64);
		} else {
			for (int i = 0; i < 64; i++)
				receive_number(fd, 1000 + i);
			ck_assert_int_eq(pthread_join(thread, NULL), 0);
			ck_assert_int_eq(many.result, 64);
		}
	}
}

/* The answer to the first datagram, that nobody is there, fails the second. */
BEHAVIOUR_TEST(sendmmsg_refused, ALL)
{
	struct sockaddr_in address;
	struct iovec vector = {"x", 1};
	struct mmsghdr messages[10];
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	memset(messages, 0, sizeof messages);
	for (size_t i = 0; i < 10; i++) {
		messages[i].msg_hdr.msg_iov = &vector;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	ck_assert_int_eq(close(tcp_listener(&address, 1)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	errno = EXDEV;
	ck_assert_int_eq(sendmmsg(fd, messages, 10, 0), 1);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(sendmmsg(fd, messages, 10, 0), 1);
	/* The errors have been told to those. */
	ck_assert_int_eq(send(fd, "x", 1, 0), 1);
	ck_failed(send(fd, "x", 1, 0), ECONNREFUSED);
}

/* Records keep their limits, also when the sender has to wait for room. */
static void *records_run(void *argument)
{
	const int fd = *(const int *)argument;

	for (size_t i = 0; i < 400; i++) {
		const size_t length = 1 + i * 97 % 9000;

		if (i % 2 == 0)
			ck_assert_int_eq(write(fd, pattern + i, length), (ssize_t)length);
		else
			ck_assert_int_eq(send(fd, pattern + i, length, MSG_EOR),
					 (ssize_t)length);
	}
	return NULL;
}

BEHAVIOUR_TEST(records, NATIVE | LONG)
{
	int pair[2];
	pthread_t thread;
	pid_t id;
	static char got[10000];
	struct msghdr message = {.msg_iov = &(struct iovec){got, sizeof got}, .msg_iovlen = 1};
	int flags = 0;

	unix_pair(SOCK_SEQPACKET, pair);
	set_option(pair[0], SOL_SOCKET, SO_SNDBUF, 20000);
	ck_failed(send(pair[0], pattern, MIB, 0), EMSGSIZE);
	ck_failed(write(pair[0], pattern, MIB), EMSGSIZE);
	thread = background(&id, records_run, &pair[0]);
	wait_until_waiting(id);
	for (size_t i = 0; i < 400; i++) {
		const size_t length = 1 + i * 97 % 9000;

		ck_assert_int_eq(recvmsg(pair[1], &message, 0), (ssize_t)length);
		ck_assert_mem_eq(got, pattern + i, length);
		/* Whatever the kernel says of the end of a record, it says of each. */
		if (i == 0)
			flags = message.msg_flags;
		ck_assert_int_eq(message.msg_flags, flags);
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

BEHAVIOUR_TEST(records_time_out, SHORT)
{
	int pair[2];
	double started;

	unix_pair(SOCK_SEQPACKET, pair);
	set_option(pair[0], SOL_SOCKET, SO_SNDBUF, 20000);
	while (send(pair[0], pattern, 5000, MSG_DONTWAIT) == 5000)
		;
	ck_assert_int_eq(errno, EAGAIN);
	started = now_ms();
	ck_timed_out(write(pair[0], pattern, 5000), started);
}

int main(int argc, char **argv)
{
	pattern_make();
	return behaviour_main(argc, argv, "transmit: messages");
}
