/*
 * A thread waits in a call on a socket while another thread closes the number, and open(2) gives the same number to
 * a file. The call reads no byte of the file, and writes no byte to it.
 */
#include "config.h"

#include "harness/harness.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define SIZE ((size_t)16 << 20)

/* The call of the thread, on this number. */
static int number, source;
static char buffer[100];
static char *bulk;

static ssize_t by_read(void)
{
	return read(number, buffer, sizeof buffer);
}

static ssize_t by_readv(void)
{
	const struct iovec vector = {buffer, sizeof buffer};

	return readv(number, &vector, 1);
}

static ssize_t by_recv(void)
{
	return recv(number, buffer, sizeof buffer, 0);
}

static ssize_t by_write(void)
{
	return write(number, bulk, SIZE);
}

static ssize_t by_writev(void)
{
	const struct iovec vector = {bulk, SIZE};

	return writev(number, &vector, 1);
}

static ssize_t by_send(void)
{
	return send(number, bulk, SIZE, 0);
}

static ssize_t by_sendfile(void)
{
	return sendfile(number, source, NULL, SIZE);
}

static const struct {
	ssize_t (*call)(void);
	bool sends;
} calls[] = {
	{by_read, false},  {by_readv, false}, {by_recv, false},    {by_write, true},
	{by_writev, true}, {by_send, true},   {by_sendfile, true},
};

static ssize_t result;
static int error;

static void *make_call(void *call)
{
	result = calls[*(int *)call].call();
	error = errno;
	return NULL;
}

/* A file without a name. */
static int new_file(void)
{
	return open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static void *drain(void *peer)
{
	static char sink[1 << 16];

	while (recv(*(int *)peer, sink, sizeof sink, 0) > 0)
		continue;
	return NULL;
}

/* The number of the waiting call becomes a file with this text. Returns the size of the file afterwards. */
static off_t wait_and_replace(int call, bool shut_down)
{
	pthread_t thread, reader;
	struct stat status;
	int pair[2];
	pid_t id;

	(void)signal(SIGPIPE, SIG_IGN);
	stream_pair(AF_INET, pair);
	number = pair[0];
	bulk = calloc(1, SIZE);
	source = new_file();
	ck_assert_ptr_nonnull(bulk);
	ck_assert_int_eq(ftruncate(source, (off_t)SIZE), 0);
	thread = background(&id, make_call, &call);
	wait_until_waiting(id);
	if (shut_down)
		ck_assert_int_eq(shutdown(number, SHUT_RDWR), 0);
	ck_assert_int_eq(close(number), 0);
	ck_assert_int_eq(new_file(), number);
	ck_assert_int_eq(pwrite(number, "the file", 8, 0), 8);
	if (!calls[call].sends && !shut_down)
		ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	if (calls[call].sends)
		ck_assert_int_eq(pthread_create(&reader, NULL, drain, &pair[1]), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(fstat(number, &status), 0);
	ck_assert_int_eq(lseek(number, 0, SEEK_CUR), 0);
	(void)shutdown(pair[1], SHUT_RDWR);
	if (calls[call].sends)
		ck_assert_int_eq(pthread_join(reader, NULL), 0);
	return status.st_size;
}

/* Natively the call goes on with its socket. The library loses the socket with its number: the call ends with
 * EBADF, or with the count of the bytes that it has moved. */
BEHAVIOUR_LOOP(closed, NATIVE | LONG, COUNT(calls))
{
	ck_assert_int_eq(wait_and_replace(_i, false), 8);
	if (mode() == MODE_NATIVE)
		ck_assert_int_eq(result, calls[_i].sends ? (ssize_t)SIZE : 1);
	else if (result < 0)
		ck_assert_int_eq(error, EBADF);
	else
		ck_assert_int_ge(result, 1);
}

BEHAVIOUR_LOOP(shut_down, NATIVE | LONG, COUNT(calls))
{
	ck_assert_int_eq(wait_and_replace(_i, true), 8);
	if (!calls[_i].sends)
		ck_assert_int_eq(result, 0);
	else
		ck_assert_int_ge(result, 1);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "numbers that become files");
}
