/*
 * What the kernel refuses of splice and sendfile at once is refused at once, with the same error:
 * nothing waits before. A wait would last for ever natively, and 300 s under the long timeout.
 */
#include "config.h"

#include "harness/harness.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static char block[4096];

static int stream_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int listener(void)
{
	struct sockaddr_in address;

	return tcp_listener(&address, 1);
}

static int connected(int family)
{
	int pair[2];

	stream_pair(family, pair);
	return pair[0];
}

/* One end of a pipe, with a byte in it or empty. The other end stays open. */
static int pipe_end(int end, bool full)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	if (full)
		ck_assert_int_eq(write(ends[1], "x", 1), 1);
	return ends[end];
}

static int file(int flags)
{
	char path[] = "/tmp/socktimeout-test-XXXXXX";
	const int made = mkstemp(path);
	const int fd = open(path, flags);

	ck_assert_int_eq(write(made, block, sizeof block), sizeof block);
	ck_assert_int_eq(close(made), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static long move(int in, int out, unsigned int flags)
{
	return splice(in, NULL, out, NULL, 100, flags);
}

static long splice_write_end(void)
{
	return move(pipe_end(1, false), connected(AF_INET), 0);
}

static long splice_write_end_unix(void)
{
	return move(pipe_end(1, false), connected(AF_UNIX), SPLICE_F_MORE);
}

static long splice_wrong_flags(void)
{
	return move(pipe_end(0, false), connected(AF_INET), 0x1000);
}

static long splice_two_sockets(void)
{
	return move(connected(AF_INET), connected(AF_UNIX), 0);
}

static long splice_from_file(void)
{
	return move(file(O_RDONLY), connected(AF_INET), 0);
}

static long splice_offset_of_pipe(void)
{
	off64_t offset = 0;

	return splice(pipe_end(0, false), &offset, connected(AF_INET), NULL, 100, 0);
}

static long splice_offset_of_socket(void)
{
	off64_t offset = 0;

	return splice(pipe_end(0, false), NULL, connected(AF_INET), &offset, 100, 0);
}

static long splice_bad_offset(void)
{
	return splice(connected(AF_INET), (off64_t *)8, pipe_end(1, false), NULL, 100, 0);
}

static long splice_into_read_end(void)
{
	return move(connected(AF_INET), pipe_end(0, false), 0);
}

static long splice_to_unconnected(void)
{
	return move(pipe_end(0, true), stream_socket(), 0);
}

static long splice_to_listener(void)
{
	return move(pipe_end(0, true), listener(), 0);
}

static long splice_from_unconnected(void)
{
	return move(stream_socket(), pipe_end(1, false), 0);
}

static long splice_closed(void)
{
	return move(-1, connected(AF_INET), 0);
}

static long splice_to_closed(void)
{
	return move(pipe_end(0, false), 1000, 0);
}

static long splice_empty_at_once(void)
{
	return move(pipe_end(0, false), connected(AF_INET), SPLICE_F_NONBLOCK);
}

static long send_file(int in, int out)
{
	return sendfile(out, in, NULL, 100);
}

static long sendfile_directory(void)
{
	return send_file(open("/", O_RDONLY | O_DIRECTORY), connected(AF_INET));
}

static long sendfile_write_only(void)
{
	return send_file(file(O_WRONLY), connected(AF_INET));
}

static long sendfile_path(void)
{
	return send_file(open("/", O_PATH), connected(AF_UNIX));
}

static long sendfile_from_socket(void)
{
	return send_file(connected(AF_INET), connected(AF_INET));
}

static long sendfile_closed(void)
{
	return send_file(-1, connected(AF_INET));
}

static long sendfile_unconnected(void)
{
	return send_file(file(O_RDONLY), stream_socket());
}

static long sendfile_listener(void)
{
	return send_file(file(O_RDONLY), listener());
}

static long sendfile_bad_offset(void)
{
	return sendfile(connected(AF_INET), file(O_RDONLY), (off_t *)8, 100);
}

static long sendfile_negative_offset(void)
{
	off_t offset = -1;

	return sendfile(connected(AF_INET), file(O_RDONLY), &offset, 100);
}

static const struct refused {
	const char *name;
	long (*call)(void);
	int error;
} cases[] = {
	{"splice from the write end of an empty pipe", splice_write_end, EBADF},
	{"splice from a write end to AF_UNIX", splice_write_end_unix, EBADF},
	{"splice with flags that do not exist", splice_wrong_flags, EINVAL},
	{"splice of two sockets", splice_two_sockets, EINVAL},
	{"splice from a file", splice_from_file, EINVAL},
	{"splice with an offset of a pipe", splice_offset_of_pipe, ESPIPE},
	{"splice with an offset of a socket", splice_offset_of_socket, EINVAL},
	{"splice with a bad offset", splice_bad_offset, EFAULT},
	{"splice into a read end", splice_into_read_end, EBADF},
	{"splice to an unconnected socket", splice_to_unconnected, EPIPE},
	{"splice to a listener", splice_to_listener, EPIPE},
	{"splice from an unconnected socket", splice_from_unconnected, ENOTCONN},
	{"splice from a closed number", splice_closed, EBADF},
	{"splice to a closed number", splice_to_closed, EBADF},
	{"splice with SPLICE_F_NONBLOCK", splice_empty_at_once, EAGAIN},
	{"sendfile from a directory", sendfile_directory, EINVAL},
	{"sendfile from a write-only file", sendfile_write_only, EBADF},
	{"sendfile from an O_PATH descriptor", sendfile_path, EBADF},
	{"sendfile from a socket", sendfile_from_socket, EINVAL},
	{"sendfile from a closed number", sendfile_closed, EBADF},
	{"sendfile to an unconnected socket", sendfile_unconnected, EPIPE},
	{"sendfile to a listener", sendfile_listener, EPIPE},
	{"sendfile with a bad offset", sendfile_bad_offset, EFAULT},
	{"sendfile with a negative offset", sendfile_negative_offset, EINVAL},
};

BEHAVIOUR_LOOP(refused, ALL, COUNT(cases))
{
	long result;
	int error;

	ck_assert(signal(SIGPIPE, SIG_IGN) == SIG_DFL);
	result = cases[_i].call();
	error = errno;
	ck_assert_msg(result == -1 && error == cases[_i].error, "%s: %ld, %s", cases[_i].name,
		      result, strerror(error));
}

/* Without bytes nothing waits, nor is refused. */
BEHAVIOUR_TEST(nothing, ALL)
{
	const int socket = connected(AF_INET);

	ck_assert_int_eq(splice(pipe_end(0, false), NULL, socket, NULL, 0, 0), 0);
	ck_assert_int_eq(splice(socket, NULL, pipe_end(1, false), NULL, 0, 0), 0);
	ck_assert_int_eq(sendfile(socket, file(O_RDONLY), NULL, 0), 0);
	ck_assert_int_eq(read(socket, block, 0), 0);
	ck_assert_int_eq(readv(socket, NULL, 0), 0);
	ck_assert_int_eq(write(socket, block, 0), 0);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "what the kernel refuses of files");
}
