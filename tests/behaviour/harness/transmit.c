/*
 * The tests' common part of sending; see transmit.h.
 */
#include "config.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "harness/transmit.h"

unsigned char *pattern;

void pattern_make(void)
{
	uint64_t state = 1, word;

	pattern = mmap(NULL, PATTERN_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	if (pattern == MAP_FAILED)
		abort();
	/* Knuth's 64-bit linear congruential generator: each word differs from the others. */
	for (size_t at = 0; at < PATTERN_SIZE; at += sizeof word) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		word = state ^ state >> 29;
		memcpy(pattern + at, &word, sizeof word);
	}
}

void reader_drain(struct reader *reader)
{
	static __thread unsigned char buffer[256 * 1024];

	for (;;) {
		size_t wanted = reader->piece != 0 ? reader->piece : sizeof buffer;
		ssize_t n;

		if (reader->limit != 0 && wanted > reader->limit - reader->received)
			wanted = reader->limit - reader->received;
		if (wanted == 0)
			return;
		n = (ssize_t)syscall(SYS_read, reader->fd, buffer, wanted);
		if (n <= 0) {
			reader->error = n < 0 ? errno : 0;
			return;
		}
		if (reader->received + (size_t)n > PATTERN_SIZE ||
		    memcmp(buffer, pattern + reader->received, (size_t)n) != 0)
			reader->wrong = true;
		reader->received += (size_t)n;
		if (reader->received < reader->slow)
			(void)nanosleep(&(const struct timespec){.tv_nsec = 1000000}, NULL);
	}
}

static void *reader_run(void *argument)
{
	reader_drain(argument);
	return NULL;
}

void reader_start(struct reader *reader)
{
	reader->thread = background(&reader->id, reader_run, reader);
}

void reader_finish(struct reader *reader, size_t expected)
{
	ck_assert_int_eq(pthread_join(reader->thread, NULL), 0);
	ck_assert_uint_eq(reader->received, expected);
	ck_assert(!reader->wrong);
}

#define ELEMENTS 1024

/* Elements of many sizes, odd ones and empty ones, that hold length bytes together. */
static struct iovec *cut_up(const unsigned char *data, size_t length)
{
	static struct iovec vector[ELEMENTS];
	const size_t mean = length / ELEMENTS;
	size_t at = 0;

	for (size_t i = 0; i < ELEMENTS; i++) {
		/* 0, around the mean, and now and then its quadruple. */
		size_t size = i % 7 == 3    ? 0
			      : i % 5 == 0  ? mean / 2 + 1
			      : i % 11 == 0 ? 4 * mean
					    : mean;

		if (i == ELEMENTS - 1 || size > length - at)
			size = length - at;
		vector[i] = (struct iovec){(void *)(uintptr_t)(data + at), size};
		at += size;
	}
	return vector;
}

static ssize_t by_send(int fd, const unsigned char *data, size_t length)
{
	return send(fd, data, length, MSG_NOSIGNAL);
}

static ssize_t by_write(int fd, const unsigned char *data, size_t length)
{
	return write(fd, data, length);
}

static ssize_t by_sendto(int fd, const unsigned char *data, size_t length)
{
	return sendto(fd, data, length, MSG_NOSIGNAL, NULL, 0);
}

/* The vector is the caller's: after the call it is what it was. */
static ssize_t by_writev(int fd, const unsigned char *data, size_t length)
{
	struct iovec *const vector = cut_up(data, length), before[ELEMENTS];
	ssize_t n;
	int error;

	memcpy(before, vector, sizeof before);
	n = writev(fd, vector, ELEMENTS);
	error = errno;
	ck_assert_mem_eq(vector, before, sizeof before);
	errno = error;
	return n;
}

static ssize_t by_sendmsg(int fd, const unsigned char *data, size_t length)
{
	struct msghdr message = {
		.msg_iov = cut_up(data, length), .msg_iovlen = ELEMENTS, .msg_flags = 0x1234};
	const struct msghdr before = message;
	struct iovec vector[ELEMENTS];
	ssize_t n;
	int error;

	memcpy(vector, message.msg_iov, sizeof vector);
	n = sendmsg(fd, &message, MSG_NOSIGNAL);
	error = errno;
	ck_assert_mem_eq(&message, &before, sizeof before);
	ck_assert_mem_eq(message.msg_iov, vector, sizeof vector);
	errno = error;
	return n;
}

/* 64 messages of 16 elements each. */
static ssize_t by_sendmmsg(int fd, const unsigned char *data, size_t length)
{
	struct iovec *const vector = cut_up(data, length);
	struct mmsghdr messages[ELEMENTS / 16];
	ssize_t bytes = 0;
	int n;

	memset(messages, 0, sizeof messages);
	for (size_t i = 0; i < ELEMENTS / 16; i++) {
		messages[i].msg_hdr.msg_iov = vector + 16 * i;
		messages[i].msg_hdr.msg_iovlen = 16;
	}
	n = sendmmsg(fd, messages, ELEMENTS / 16, MSG_NOSIGNAL);
	for (int i = 0; i < n; i++)
		bytes += (ssize_t)messages[i].msg_len;
	return n < 0 ? n : bytes;
}

const struct method methods[] = {
	{"send", by_send},     {"write", by_write},     {"sendto", by_sendto},
	{"writev", by_writev}, {"sendmsg", by_sendmsg}, {"sendmmsg", by_sendmmsg},
};
const size_t method_count = sizeof methods / sizeof *methods;

int pattern_file(size_t size)
{
	char name[] = "transmit-XXXXXX";
	const int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(unlink(name), 0);
	ck_assert_int_eq(pwrite(fd, pattern, size, 0), (ssize_t)size);
	return fd;
}

void set_option(int fd, int level, int option, int value)
{
	ck_assert_int_eq(setsockopt(fd, level, option, &value, sizeof value), 0);
}

void set_send_timeout(int fd, unsigned int milliseconds)
{
	const struct timeval timeout = {(time_t)(milliseconds / 1000),
					(suseconds_t)(milliseconds % 1000 * 1000)};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout), 0);
}

double thread_cpu_ms(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_THREAD, &usage), 0);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}
