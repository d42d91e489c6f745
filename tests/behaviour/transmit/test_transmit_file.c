/*
 * sendfile and splice to a socket: everything, in order, once; where the offsets are afterwards,
 * also in the middle; the deadline. And what they do without a socket.
 */
#include "config.h"

#include <fcntl.h>
#include <sys/sendfile.h>

#include "harness/transmit.h"

#define FILE_SIZE (40 * MIB + 12345)

static off_t position(int fd)
{
	return lseek(fd, 0, SEEK_CUR);
}

/* The same by either name. */
static ssize_t send_file(bool large, int out, int in, off_t *offset, size_t count)
{
	off64_t large_offset = offset != NULL ? *offset : 0;
	ssize_t n;

	if (!large)
		return sendfile(out, in, offset, count);
	n = sendfile64(out, in, offset != NULL ? &large_offset : NULL, count);
	if (offset != NULL)
		*offset = (off_t)large_offset;
	return n;
}

BEHAVIOUR_TEST(sendfile_whole, NATIVE | LONG)
{
	const int file = pattern_file(FILE_SIZE);

	for (int kind = 0; kind < 8; kind++) {
		const bool own_offset = (kind & 2) != 0, large = (kind & 4) != 0;
		struct reader reader = {.piece = 60001, .slow = kind < 4 ? 10 * MIB : 0};
		off_t offset = 0;
		int pair[2];

		stream_pair((kind & 1) != 0 ? AF_UNIX : AF_INET, pair);
		reader.fd = pair[1];
		reader_start(&reader);
		ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
		errno = EXDEV;
		/* More than there is: it ends with the file. */
		ck_assert_int_eq(send_file(large, pair[0], file, own_offset ? &offset : NULL,
					   FILE_SIZE + 1000),
				 (ssize_t)FILE_SIZE);
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_int_eq(own_offset ? offset : position(file), (off_t)FILE_SIZE);
		ck_assert_int_eq(own_offset ? position(file) : offset, 0);
		ck_assert_int_eq(
			send_file(large, pair[0], file, own_offset ? &offset : NULL, 1), 0);
		ck_assert_int_eq(close(pair[0]), 0);
		reader_finish(&reader, FILE_SIZE);
		ck_assert_int_eq(close(pair[1]), 0);
	}
}

/* As much as was asked for and no more, from where it was asked for. */
BEHAVIOUR_TEST(sendfile_part, ALL)
{
	const int file = pattern_file(100000);
	off_t offset = 10;
	char got[200];
	int pair[2];

	tcp_pair(pair);
	errno = EXDEV;
	ck_assert_int_eq(sendfile(pair[0], file, &offset, 100), 100);
	ck_assert_int_eq(offset, 110);
	ck_assert_int_eq(lseek(file, 110, SEEK_SET), 110);
	ck_assert_int_eq(sendfile64(pair[0], file, NULL, 50), 50);
	ck_assert_int_eq(sendfile(pair[0], file, NULL, 0), 0);
	ck_assert_int_eq(position(file), 160);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(recv(pair[1], got, 150, MSG_WAITALL), 150);
	ck_assert_mem_eq(got, pattern + 10, 150);
	offset = -1;
	ck_failed(sendfile(pair[0], file, &offset, 100), EINVAL);
	ck_failed(sendfile(pair[0], pair[1], NULL, 100), EINVAL);
	ck_failed(sendfile(pair[0], -1, NULL, 100), EBADF);
	ck_failed(sendfile(pair[0], file, (off_t *)8, 100), EFAULT);
	ck_failed(recv(pair[1], got, 1, MSG_DONTWAIT), EAGAIN);
}

/* At the deadline: the count, the offset, and what can be read are one number. */
BEHAVIOUR_TEST(sendfile_deadline, SHORT)
{
	const int file = pattern_file(FILE_SIZE);

	for (int kind = 0; kind < 8; kind++) {
		const bool own_offset = (kind & 2) != 0, drip = (kind & 4) != 0;
		struct reader reader = {.piece = 3000, .slow = drip ? PATTERN_SIZE : 0};
		off_t offset = 0;
		double started, took;
		int pair[2];
		ssize_t n;

		stream_pair((kind & 1) != 0 ? AF_UNIX : AF_INET, pair);
		set_option(pair[0], SOL_SOCKET, SO_SNDBUF, 100000);
		set_option(pair[1], SOL_SOCKET, SO_RCVBUF, 100000);
		reader.fd = pair[1];
		if (drip)
			reader_start(&reader);
		ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
		errno = EXDEV;
		started = now_ms();
		n = sendfile(pair[0], file, own_offset ? &offset : NULL, FILE_SIZE);
		took = now_ms() - started;
		ck_assert_int_gt(n, 0);
		ck_assert_int_lt(n, (ssize_t)FILE_SIZE);
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_double_ge(took, SHORT_MS);
		ck_took_in_time(took, SHORT_MS);
		ck_assert_int_eq(own_offset ? offset : position(file), n);
		ck_assert_int_eq(own_offset ? position(file) : offset, 0);
		if (!drip) {
			started = now_ms();
			(void)fill(pair[0]);
			ck_timed_out(sendfile(pair[0], file, &offset, 1000), started);
			ck_assert_int_eq(offset, own_offset ? n : 0);
			reader.limit = (size_t)n;
			reader_start(&reader);
		}
		ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
		reader_finish(&reader, (size_t)n);
		ck_assert_int_eq(close(pair[0]), 0);
		ck_assert_int_eq(close(pair[1]), 0);
	}
}

/* Writes the pattern into a pipe. */
struct filler {
	int fd;
	size_t length;
	pthread_t thread;
	pid_t id;
};

static void *filler_run(void *argument)
{
	struct filler *const filler = argument;

	ck_assert_int_eq(write(filler->fd, pattern, filler->length), (ssize_t)filler->length);
	ck_assert_int_eq(close(filler->fd), 0);
	return NULL;
}

BEHAVIOUR_TEST(splice_whole, NATIVE | LONG)
{
	const size_t length = 8 * MIB + 77;

	for (int kind = 0; kind < 4; kind++) {
		struct reader reader = {.piece = 20011, .slow = (kind & 2) != 0 ? 3 * MIB : 0};
		struct filler filler = {.length = length};
		int pair[2], ends[2];
		size_t sent = 0;

		stream_pair((kind & 1) != 0 ? AF_UNIX : AF_INET, pair);
		ck_assert_int_eq(pipe(ends), 0);
		reader.fd = pair[1];
		filler.fd = ends[1];
		reader_start(&reader);
		filler.thread = background(&filler.id, filler_run, &filler);
		errno = EXDEV;
		for (ssize_t n = 1; n != 0; sent += (size_t)n) {
			n = splice(ends[0], NULL, pair[0], NULL, length,
				   kind == 1 ? SPLICE_F_MORE : 0);
			ck_assert_int_ge(n, 0);
		}
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_uint_eq(sent, length);
		ck_assert_int_eq(pthread_join(filler.thread, NULL), 0);
		ck_assert_int_eq(close(pair[0]), 0);
		reader_finish(&reader, length);
		ck_assert_int_eq(close(pair[1]), 0);
		ck_assert_int_eq(close(ends[0]), 0);
	}
}

/* An empty pipe is not the socket's fault: at once where that was asked for, else the wait for
 * the pipe is the program's own. */
BEHAVIOUR_TEST(splice_empty_pipe, ALL)
{
	for (int f = 0; f < 2; f++) {
		int pair[2], ends[2];
		double cpu = thread_cpu_ms(), started = now_ms();

		stream_pair(f == 0 ? AF_INET : AF_UNIX, pair);
		ck_assert_int_eq(pipe(ends), 0);
		ck_failed(splice(ends[0], NULL, pair[0], NULL, 10, SPLICE_F_NONBLOCK), EAGAIN);
		make_nonblocking(ends[0], true);
		ck_failed(splice(ends[0], NULL, pair[0], NULL, 10, 0), EAGAIN);
		ck_assert_double_lt(thread_cpu_ms() - cpu, SHORT_MS / 2.0);
		ck_in_time(started, 0);
		ck_assert_int_eq(write(ends[1], "abc", 3), 3);
		errno = EXDEV;
		ck_assert_int_eq(splice(ends[0], NULL, pair[0], NULL, 10, 0), 3);
		ck_assert_int_eq(close(ends[1]), 0);
		ck_assert_int_eq(splice(ends[0], NULL, pair[0], NULL, 10, 0), 0);
		ck_assert_int_eq(errno, EXDEV);
	}
}

/* sendfile to a datagram socket ends with the first datagram: the kernel asks UDP for one large datagram
 * (MSG_MORE), which gets no room for the second piece. */
BEHAVIOUR_TEST(sendfile_datagram, ALL)
{
	const int file = pattern_file(100000);
	off_t offset = 857;
	int pair[2];

	udp_pair(pair);
	ck_assert_int_eq(sendfile(pair[0], file, &offset, 200000), 65536 - 857);
	ck_assert_int_eq(offset, 65536);
}

struct splicer {
	int in, out;
	ssize_t result;
	int error;
	pid_t id;
};

static void *splicer_run(void *argument)
{
	struct splicer *const splicer = argument;

	splicer->result = splice(splicer->in, NULL, splicer->out, NULL, 10, 0);
	splicer->error = errno;
	return NULL;
}

/* Blocked on its pipe, for longer than T; what others send meanwhile is not its matter. */
BEHAVIOUR_TEST(splice_blocked_on_pipe, ALL)
{
	struct splicer splicer;
	int pair[2], ends[2];
	pthread_t thread;
	double started = now_ms();

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(pipe(ends), 0);
	splicer = (struct splicer){.in = ends[0], .out = pair[0]};
	thread = background(&splicer.id, splicer_run, &splicer);
	wait_until_waiting(splicer.id);
	if (mode() == MODE_SHORT) {
		struct timeval own = {9, 9};
		socklen_t length = sizeof own;
		char got[8];

		ck_assert_int_eq(getsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &own, &length),
				 0);
		ck_assert(own.tv_sec == 0 && own.tv_usec == 0);
		ck_timed_out(recv(pair[0], got, sizeof got, 0), started);
		(void)fill(pair[0]);
		started = now_ms();
		ck_timed_out(send(pair[0], pattern, 1000, 0), started);
		ck_assert_int_eq(close(ends[1]), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_int_eq(splicer.result, 0);
	} else {
		ck_assert_int_eq(write(ends[1], "abc", 3), 3);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_int_eq(splicer.result, 3);
	}
}

BEHAVIOUR_TEST(splice_deadline, SHORT)
{
	for (int f = 0; f < 2; f++) {
		int pair[2], ends[2], rounds = 0;
		double started;
		char got[5000];
		ssize_t n;

		stream_pair(f == 0 ? AF_INET : AF_UNIX, pair);
		ck_assert_int_eq(pipe(ends), 0);
		do {
			(void)fill(pair[0]);
			ck_assert_int_eq(write(ends[1], pattern, 5000), 5000);
			started = now_ms();
			n = splice(ends[0], NULL, pair[0], NULL, 5000, 0);
			/* TCP may find room for a little more, whoever asks. */
		} while (n == 5000 && rounds++ < 10);
		ck_assert(n == -1 || (n > 0 && n < 5000));
		ck_assert_double_ge(now_ms() - started, SHORT_MS);
		ck_in_time(started, SHORT_MS);
		if (n == -1)
			ck_assert_int_eq(errno, ETIMEDOUT);
		/* What did not go is all still there. */
		n = n < 0 ? 5000 : 5000 - n;
		ck_assert_int_eq(read(ends[0], got, 5000), n);
		ck_assert_mem_eq(got, pattern + 5000 - n, (size_t)n);
	}
}

/* The socket is non-blocking, which is not known of its second number; the pipe is not, and is waited
 * for. */
BEHAVIOUR_TEST(splice_blocked_on_pipe_alone, ALL)
{
	struct splicer splicer = {0};
	int pair[2], ends[2];
	pthread_t thread;

	stream_pair(AF_UNIX, pair);
	ck_assert_int_eq(pipe(ends), 0);
	make_nonblocking(pair[0], true);
	splicer.in = ends[0];
	splicer.out = dup(pair[0]);
	thread = background(&splicer.id, splicer_run, &splicer);
	wait_until_waiting(splicer.id);
	ck_assert_int_eq(write(ends[1], "abc", 3), 3);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(splicer.result, 3);
}

/* File to file, file to pipe, pipe to pipe, pipe to file; the program's own O_NONBLOCK. */
BEHAVIOUR_TEST(elsewhere, ALL)
{
	const int file = pattern_file(200000), copy = pattern_file(1);
	off64_t offset;
	off_t sent;
	char got[200];
	int ends[2], others[2], pair[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(pipe(others), 0);
	for (int again = 0; again < 2; again++) {
		sent = 100;
		ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
		errno = EXDEV;
		ck_assert_int_eq(sendfile(copy, file, NULL, 200000), 200000);
		ck_assert_int_eq(sendfile(ends[1], file, &sent, 50), 50);
		offset = sent;
		ck_assert_int_eq(splice(file, &offset, ends[1], NULL, 50, 0), 50);
		ck_assert_int_eq(offset, 200);
		ck_assert_int_eq(splice(ends[0], NULL, others[1], NULL, 90, 0), 90);
		offset = 7;
		ck_assert_int_eq(splice(others[0], NULL, copy, &offset, 90, 0), 90);
		ck_assert_int_eq(errno, EXDEV);
		ck_assert_int_eq(pread(copy, got, 90, 7), 90);
		ck_assert_mem_eq(got, pattern + 100, 90);
		ck_assert_int_eq(read(ends[0], got, sizeof got), 10);
		ck_failed(splice(ends[0], NULL, others[1], NULL, 90, SPLICE_F_NONBLOCK),
			  EAGAIN);
		ck_failed(splice(file, NULL, copy, NULL, 90, 0), EINVAL);
		ck_failed(splice(ends[0], NULL, others[1], &offset, 90, 0), ESPIPE);
	}
	tcp_pair(pair);
	ck_failed(splice(file, NULL, pair[0], NULL, 90, 0), EINVAL);
	ck_failed(splice(pair[0], NULL, pair[1], NULL, 90, 0), EINVAL);
	ck_assert_int_eq(write(ends[1], "abc", 3), 3);
	ck_failed(splice(ends[0], NULL, pair[0], &offset, 90, 0), EINVAL);
	stream_pair(AF_UNIX, pair);
	make_nonblocking(pair[0], true);
	ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
	(void)fill(pair[0]);
	ck_failed(sendfile(pair[0], file, NULL, 100), EAGAIN);
	ck_failed(splice(ends[0], NULL, pair[0], NULL, 90, 0), EAGAIN);
	ck_assert_int_eq(position(file), 0);
}

int main(int argc, char **argv)
{
	pattern_make();
	return behaviour_main(argc, argv, "transmit: files and pipes");
}
