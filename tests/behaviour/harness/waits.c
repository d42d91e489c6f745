/*
 * See waits.h.
 */
#include "config.h"

#include "harness/waits.h"

#include <sys/uio.h>

static void *read_there(void *argument)
{
	struct reading *const reading = argument;

	reading->result = read(reading->fd, reading->buffer, sizeof reading->buffer);
	reading->error = errno;
	return NULL;
}

void reading_begin(struct reading *reading, int fd)
{
	*reading = (struct reading){.fd = fd};
	reading->thread = background(&reading->id, read_there, reading);
	wait_until_waiting(reading->id);
}

void reading_end(struct reading *reading)
{
	ck_assert_int_eq(pthread_join(reading->thread, NULL), 0);
}

void socket_waits(int fd, int peer)
{
	struct reading reading;
	double started;

	if (mode() == MODE_SHORT) {
		started = now_ms();
		ck_timed_out(read(fd, reading.buffer, sizeof reading.buffer), started);
		return;
	}
	reading_begin(&reading, fd);
	ck_assert_int_eq(send(peer, "late", 4, 0), 4);
	reading_end(&reading);
	ck_assert_int_eq(reading.result, 4);
	ck_assert_mem_eq(reading.buffer, "late", 4);
}

void socket_works(int fd, int peer)
{
	char buffer[8];
	struct iovec vector[2] = {{buffer, 1}, {buffer + 1, 3}};

	for (int i = 0; i < 2; i++) {
		memcpy(buffer, "there", 4);
		ck_assert_int_eq(write(fd, buffer, 4), 4);
		ck_assert_int_eq(writev(fd, vector, 2), 4);
		ck_assert_int_eq(recv(peer, buffer, 8, MSG_WAITALL), 8);
		ck_assert_mem_eq(buffer, "therther", 8);
		ck_assert_int_eq(send(peer, "backback", 8, 0), 8);
		memset(buffer, 0, sizeof buffer);
		ck_assert_int_eq(read(fd, buffer, 4), 4);
		ck_assert_mem_eq(buffer, "back", 4);
		ck_assert_int_eq(readv(fd, vector, 2), 4);
		ck_assert_mem_eq(buffer, "back", 4);
	}
	ck_failed(recv(fd, buffer, 1, MSG_DONTWAIT), EAGAIN);
}
