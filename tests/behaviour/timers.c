/*
 * See timers.h.
 */
#include "config.h"

#include "timers.h"

#include <poll.h>
#include <sys/time.h>

/* The sockets of a test have smaller numbers. */
#define NUMBERS 128

static const int options[] = {SO_RCVTIMEO, SO_SNDTIMEO};

void ck_timers(const char *name, int fd, long receive_ms, long send_ms)
{
	const long expected[] = {receive_ms, send_ms};

	for (int i = 0; i < COUNT(options); i++) {
		const long there = kernel_timer(fd, options[i]);

		ck_assert_msg(there < 0 || there == expected[i],
			      "%s: descriptor %d has %s of %ld ms, not %ld ms", name, fd,
			      i == 0 ? "SO_RCVTIMEO" : "SO_SNDTIMEO", there, expected[i]);
	}
}

/* No socket of this process has a timer. */
void ck_no_timers(const char *name)
{
	for (int fd = 0; fd < NUMBERS; fd++)
		ck_timers(name, fd, 0, 0);
}

/* The call will not wait: release of scenes that send goes on until a call is done. */
void let_go(struct scene *scene)
{
	char drained[65536];
	const bool sends = scene->blocking->option == SO_SNDTIMEO && scene->other >= 0;
	struct pollfd full = {.fd = scene->other, .events = POLLIN};

	if (!sends) {
		scene->blocking->release(scene);
		return;
	}
	while (poll(&full, 1, 20) == 1)
		ck_assert_int_gt(recv(scene->other, drained, sizeof drained, MSG_DONTWAIT), 0);
}

void set_timer(int fd, int option, long milliseconds)
{
	const struct timeval timer = {milliseconds / 1000, milliseconds % 1000 * 1000};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, option, &timer, sizeof timer), 0);
}

static long shown_timer(int fd, int option)
{
	struct timeval timer = {7, 7};
	socklen_t length = sizeof timer;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, option, &timer, &length), 0);
	return timer.tv_sec * 1000 + timer.tv_usec / 1000;
}

/* The program's own timer is shown, obeyed and kept. */
void ck_obeyed(struct scene *scene, long milliseconds)
{
	const struct blocking *const blocking = scene->blocking;
	const int option = blocking->option;
	const bool connects = strncmp(blocking->name, "connect", 7) == 0;
	/* net/unix/af_unix.c: unix_stream_connect fails with EAGAIN. */
	const int error =
		connects && scene->address.ss_family == AF_INET ? EINPROGRESS : EAGAIN;
	double started;

	ck_assert_int_eq(shown_timer(scene->fd, option), milliseconds);
	ck_assert_int_eq(kernel_timer(scene->fd, option), milliseconds);
	started = now_ms();
	ck_failed(blocking->call(scene), error);
	ck_assert_double_ge(now_ms() - started, (double)milliseconds - 10);
	ck_assert_double_le(now_ms() - started, (double)milliseconds + LATE_MS);
	ck_assert_int_eq(shown_timer(scene->fd, option), milliseconds);
	ck_assert_int_eq(kernel_timer(scene->fd, option), milliseconds);
}
