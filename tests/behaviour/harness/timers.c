/*
 * See timers.h.
 */
#include "config.h"

#include "harness/timers.h"

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

/* errno of a call that its own timer ended (net/unix/af_unix.c: unix_stream_connect: EAGAIN). */
static int own_error(const struct scene *scene)
{
	const struct blocking *const blocking = scene->blocking;

	return blocking->call->side == CONNECTS && blocking->kind->family != AF_UNIX
		       ? EINPROGRESS
		       : EAGAIN;
}

/* The program's own timer is shown, obeyed and kept. */
void ck_obeyed(struct scene *scene, long milliseconds)
{
	const int option = scene->blocking->option;
	double started;

	ck_assert_int_eq(shown_timer(scene->fd, option), milliseconds);
	ck_assert_int_eq(kernel_timer(scene->fd, option), milliseconds);
	started = now_ms();
	ck_failed(scene_call(scene), own_error(scene));
	/* The kernel counts whole jiffies, of 10 ms at most. */
	ck_assert_double_ge(now_ms() - started, (double)milliseconds - 10);
	ck_in_time(started, (double)milliseconds);
	ck_assert_int_eq(shown_timer(scene->fd, option), milliseconds);
	ck_assert_int_eq(kernel_timer(scene->fd, option), milliseconds);
}
