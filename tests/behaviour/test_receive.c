/*
 * What holds for every call that receives, on every kind of socket: data that is there or comes,
 * the end of the data, silence, and what the program bounded itself.
 */
#include "config.h"

#include "receiving.h"

#include <fcntl.h>
#include <sys/ioctl.h>

BEHAVIOUR_TEST(ready, ALL)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		ck_passes(&all[i], "hello", 5);
	}
	free(all);
}

/* Not under the short timeout: on a busy machine the answer could come too late. */
BEHAVIOUR_TEST(answered, NATIVE | LONG)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++)
		reception_start(&all[i]);
	for (int i = 0; i < count; i++) {
		wait_until_waiting(all[i].tid);
		give(all[i].pair[1], "hello", 5);
		reception_join(&all[i]);
		ck_received(&all[i], "hello", 5);
	}
	free(all);
}

BEHAVIOUR_TEST(ended, ALL)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		if (!kind_has_end(all[i].kind))
			continue;
		ck_assert_int_eq(close(all[i].pair[1]), 0);
		for (int again = 0; again < 2; again++) {
			ck_receives(&all[i], "", 0);
		}
	}
	free(all);
}

/* The end comes while the call waits. */
BEHAVIOUR_TEST(ends, NATIVE | LONG)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		if (!kind_has_end(all[i].kind))
			continue;
		reception_start(&all[i]);
		wait_until_waiting(all[i].tid);
		ck_assert_int_eq(shutdown(all[i].pair[1], SHUT_WR), 0);
		reception_join(&all[i]);
		ck_received(&all[i], "", 0);
	}
	free(all);
}

BEHAVIOUR_TEST(silent, SHORT)
{
	int count;
	struct reception *const all = every_reception(&count);

	run_together(all, count);
	for (int i = 0; i < count; i++) {
		ck_refused(&all[i], ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
		/* And the socket goes on as if nothing had been. */
		ck_assert_int_eq(receive_timeout(all[i].pair[0]), 0);
		ck_passes(&all[i], "later", 5);
	}
	free(all);
}

/* The ways to make a descriptor non-blocking, and blocking again. */
static void set_by_fcntl(int fd, bool nonblocking)
{
	make_nonblocking(fd, nonblocking);
}

static void set_by_ioctl(int fd, bool nonblocking)
{
	int value = nonblocking;

	ck_assert_int_eq(ioctl(fd, FIONBIO, &value), 0);
}

static void set_by_dup_fcntl(int fd, bool nonblocking)
{
	const int copy = dup(fd);

	make_nonblocking(copy, nonblocking);
	ck_assert_int_eq(close(copy), 0);
}

static void set_by_dup_ioctl(int fd, bool nonblocking)
{
	const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	set_by_ioctl(copy, nonblocking);
	ck_assert_int_eq(close(copy), 0);
}

static void (*const setters[])(int fd, bool nonblocking) = {set_by_fcntl, set_by_ioctl,
							    set_by_dup_fcntl, set_by_dup_ioctl};

BEHAVIOUR_LOOP(nonblocking, ALL, 4)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		setters[_i](all[i].pair[0], true);
		/* The second time the library remembers. */
		for (int again = 0; again < 2; again++) {
			ck_refuses(&all[i], EAGAIN, 0, LATE_MS);
		}
		ck_passes(&all[i], "hello", 5);
	}
	free(all);
}

/* Cleared by another way than the one it was set by. */
BEHAVIOUR_LOOP(blocking_again, ALL, 4)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		setters[_i](all[i].pair[0], true);
		ck_refuses(&all[i], EAGAIN, 0, LATE_MS);
		setters[(_i + 2) % 4](all[i].pair[0], false);
	}
	for (int i = 0; i < count; i++)
		reception_start(&all[i]);
	for (int i = 0; i < count; i++) {
		if (mode() == MODE_SHORT) {
			reception_join(&all[i]);
			ck_refused(&all[i], ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
		} else {
			wait_until_waiting(all[i].tid);
			give(all[i].pair[1], "hello", 5);
			reception_join(&all[i]);
			ck_received(&all[i], "hello", 5);
		}
	}
	free(all);
}

/* Non-blocking from the beginning: SOCK_NONBLOCK of socketpair, of socket and of accept4. */
BEHAVIOUR_TEST(made_nonblocking, ALL)
{
	struct sockaddr_in address;
	const int listener = tcp_listener(&address, 4);
	int pair[4];
	char buffer[8];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	pair[2] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(pair[2], (struct sockaddr *)&address, sizeof address), 0);
	pair[3] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	pair[1] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	for (int i = 0; i < receiver_count * 4; i++)
		if (i % 4 != 2)
			ck_failed(receivers[i / 4].call(pair[i % 4], buffer, sizeof buffer, 0),
				  EAGAIN);
}

BEHAVIOUR_LOOP(dontwait, ALL, 3)
{
	int count;
	struct reception *const all = every_reception(&count);
	static const int flags[] = {MSG_DONTWAIT, MSG_DONTWAIT | MSG_WAITALL,
				    MSG_DONTWAIT | MSG_PEEK};

	for (int i = 0; i < count; i++) {
		if (!all[i].receiver->takes_flags)
			continue;
		all[i].flags = flags[_i];
		ck_refuses(&all[i], EAGAIN, 0, LATE_MS);
		ck_passes(&all[i], "hello", 5);
	}
	free(all);
}

/* The program's own SO_RCVTIMEO: shorter and longer than ours, and one that is the library's
 * own choice for listeners (src/shim/io/guard.h). */
static const int own[] = {60, 180, 2 * SHORT_MS};

BEHAVIOUR_LOOP(own_timeout, ALL, sizeof own / sizeof *own)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++)
		set_receive_timeout(all[i].pair[0], own[_i]);
	run_together(all, count);
	for (int i = 0; i < count; i++) {
		/* The kernel's timers count whole jiffies. */
		ck_refused(&all[i], EAGAIN, own[_i] - 10, own[_i] + LATE_MS);
		ck_assert_int_ge(receive_timeout(all[i].pair[0]), own[_i]);
		ck_passes(&all[i], "hello", 5);
	}
	free(all);
}

/* Set through another descriptor, and taken back. */
BEHAVIOUR_TEST(own_timeout_cleared, SHORT)
{
	int count;
	struct reception *const all = every_reception(&count);

	for (int i = 0; i < count; i++) {
		const int copy = dup(all[i].pair[0]);

		set_receive_timeout(copy, 20);
		ck_refuses(&all[i], EAGAIN, 10, LATE_MS);
		set_receive_timeout(copy, 0);
		ck_assert_int_eq(close(copy), 0);
	}
	run_together(all, count);
	for (int i = 0; i < count; i++)
		ck_refused(&all[i], ETIMEDOUT, SHORT_MS, SHORT_MS + LATE_MS);
	free(all);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "receiving");
}
