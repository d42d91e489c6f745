/*
 * Scenarios without signals, other threads' deeds and other processes.
 */
#include "config.h"

#include "table/table.h"

#include <fcntl.h>
#include <sys/ioctl.h>

const char *row_waits(const struct blocking *row)
{
	return row->never;
}

bool row_is_wait(const struct blocking *row)
{
	return row->call->side == WAITS_IN || row->call->side == WAITS_OUT;
}

bool row_is_connect(const struct blocking *row)
{
	return row->call->side == CONNECTS;
}

static void play_here(struct scene *scene)
{
	atomic_store(&scene->done, false);
	(void)play(scene);
}

static void ck_succeeds(struct scene *scene)
{
	play_here(scene);
	ck_outcome(scene, BLOCKING_RESULT, 0);
	ck_in_time(scene->started, 0);
	ck_no_timers(scene->blocking->name);
}

void ck_goes_on(struct scene *scene)
{
	ck_no_timers(scene->blocking->name);
	ck_untouched(scene);
	/* An attempt to connect over TCP that was interrupted goes on (connect(2)). */
	if (row_is_connect(scene->blocking) && scene->error != ETIMEDOUT)
		return;
	scene_let_go(scene);
	ck_succeeds(scene);
}

static void times_out(struct scene *scene)
{
	play_here(scene);
	ck_outcome(scene, -1, ETIMEDOUT);
	ck_assert_double_ge(scene->ended - scene->started, SHORT_MS);
	ck_in_time(scene->started, SHORT_MS);
}

void ck_waits(struct scene *scene)
{
	if (mode() == MODE_SHORT) {
		times_out(scene);
	} else {
		scene_start(scene);
		release_and_join(scene);
	}
}

static const char *ready_why_not(const struct blocking *row)
{
	return row->call->side == ACCEPTS ? row->never : NULL;
}

static void ready(struct scene *scene)
{
	const enum side side = scene->blocking->call->side;

	scene_open(scene, scene->blocking, MADE_BLOCKING);
	for (int again = 0; again < (side == CONNECTS ? 1 : 2); again++) {
		if (side != SENDS && side != WAITS_OUT && side != CONNECTS)
			scene_let_go(scene);
		ck_succeeds(scene);
	}
	ck_untouched(scene);
}

static void silent(struct scene *scene)
{
	scene_prepare(scene, scene->blocking);
	times_out(scene);
	ck_goes_on(scene);
}

static void answered(struct scene *scene)
{
	play_in_background(scene, scene->blocking);
	release_and_join(scene);
	ck_no_timers(scene->blocking->name);
	ck_untouched(scene);
}

static const char *closes_why_not(const struct blocking *row)
{
	if (row->never != NULL)
		return row->never;
	if (row->call->side == ACCEPTS)
		return "an accept has no peer yet";
	if ((row->call->side == RECEIVES || row->call->side == WAITS_IN) &&
	    !kind_has_end(row->kind))
		return "datagrams have no end: the call waits on";
	return NULL;
}

/* The end of the data, or an error of the kernel's. */
static void peer_closes(struct scene *scene)
{
	const enum side side = scene->blocking->call->side;

	ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	play_in_background(scene, scene->blocking);
	ck_assert_int_eq(close(side == CONNECTS ? scene->file : scene->other), 0);
	ck_assert_int_eq(pthread_join(scene->thread, NULL), 0);
	if (side == RECEIVES || side == WAITS_IN)
		ck_outcome(scene, 0, 0);
	else if (side == CONNECTS)
		ck_outcome(scene, -1, ECONNREFUSED);
	else if (scene->error == EPIPE)
		ck_outcome(scene, -1, EPIPE);
	else if (scene->blocking->kind->type == SOCK_DGRAM && scene->error == ECONNREFUSED)
		ck_outcome(scene, -1, ECONNREFUSED);
	else
		/* The peer closed with bytes that it had not read. */
		ck_outcome(scene, -1, ECONNRESET);
	ck_no_timers(scene->blocking->name);
	if (side == RECEIVES) {
		play_here(scene);
		ck_outcome(scene, 0, 0);
	}
}

/* The ways to a non-blocking descriptor. */
static void set_by_fcntl(int fd, bool nonblocking)
{
	make_nonblocking(fd, nonblocking);
}

static void set_by_ioctl(int fd, bool nonblocking)
{
	int value = nonblocking;

	ck_assert_int_eq(ioctl(fd, FIONBIO, &value), 0);
}

static void set_by_duplicate(int fd, bool nonblocking)
{
	const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	set_by_ioctl(copy, nonblocking);
	ck_assert_int_eq(close(copy), 0);
}

static const char *nonblocking_why_not(const struct blocking *row)
{
	return row_is_wait(row)
		       ? "poll, select and epoll_wait wait for non-blocking sockets too"
		       : row->never;
}

static const char *socket_why_not(const struct blocking *row)
{
	return row->used ? "the calls before had to wait" : nonblocking_why_not(row);
}

static const char *accept4_why_not(const struct blocking *row)
{
	if (row->call->side == ACCEPTS || row_is_connect(row) || row->kind->type == SOCK_DGRAM)
		return "the socket does not come from accept4";
	return socket_why_not(row);
}

static void ck_does_not_wait(struct scene *scene)
{
	const bool connects = row_is_connect(scene->blocking);
	const bool tcp = scene->blocking->kind->family != AF_UNIX;

	/* The second time the library knows the socket. */
	for (int again = 0; again < 2; again++) {
		play_here(scene);
		ck_outcome(scene, -1,
			   !connects || !tcp ? EAGAIN
			   : again == 0      ? EINPROGRESS
					     : EALREADY);
		ck_in_time(scene->started, 0);
	}
	ck_no_timers(scene->blocking->name);
	if (connects && tcp)
		return;
	scene_let_go(scene);
	ck_succeeds(scene);
}

static void nonblocking(struct scene *scene, void (*set)(int fd, bool nonblocking))
{
	scene_prepare(scene, scene->blocking);
	set(scene->fd, true);
	ck_does_not_wait(scene);
}

static void by_fcntl(struct scene *scene)
{
	nonblocking(scene, set_by_fcntl);
}

static void by_ioctl(struct scene *scene)
{
	nonblocking(scene, set_by_ioctl);
}

static void by_duplicate(struct scene *scene)
{
	nonblocking(scene, set_by_duplicate);
}

static void by_socket(struct scene *scene)
{
	scene_open(scene, scene->blocking, MADE_BY_SOCKET);
	scene_stuff(scene);
	ck_does_not_wait(scene);
}

static void by_accept4(struct scene *scene)
{
	scene_open(scene, scene->blocking, MADE_BY_ACCEPT4);
	scene_stuff(scene);
	ck_does_not_wait(scene);
}

static const char *flags_why_not(const struct blocking *row)
{
	return (row->call->traits & TAKES_FLAGS) == 0 ? "the call has no flags" : row->never;
}

static void dontwait(struct scene *scene)
{
	scene_prepare(scene, scene->blocking);
	scene->flags = MSG_DONTWAIT;
	ck_does_not_wait(scene);
}

static const char *again_why_not(const struct blocking *row)
{
	if (row_is_connect(row) && row->kind->family != AF_UNIX)
		return "an attempt to connect that is in progress is not made again";
	return nonblocking_why_not(row);
}

/* Blocking again, by another way than the one that made the descriptor non-blocking. */
static void blocking_again(struct scene *scene)
{
	scene_prepare(scene, scene->blocking);
	set_by_fcntl(scene->fd, true);
	play_here(scene);
	ck_outcome(scene, -1, EAGAIN);
	set_by_duplicate(scene->fd, false);
	ck_waits(scene);
}

/* Multiples of a jiffy at HZ=100 and 250, so that the kernel shows what was set. */
static const long own_values[] = {20,       180,           SHORT_MS - 60,
				  SHORT_MS, SHORT_MS + 60, 2 * SHORT_MS};
/* poll(2) and others are exact to the millisecond. */
static const int own_waits[] = {0, 1, 20, SHORT_MS, SHORT_MS + 1, 2 * SHORT_MS + 50};

static void own_wait(struct scene *scene)
{
	const int milliseconds = own_waits[(scene->blocking - blockings) % COUNT(own_waits)];

	scene->wait_ms = milliseconds;
	play_here(scene);
	ck_outcome(scene, -1, EAGAIN);
	ck_assert_double_ge(scene->ended - scene->started, milliseconds);
	ck_in_time(scene->started, milliseconds);
}

/* The program's own timer, or the timeout of a wait, is obeyed; without a timer the call waits. */
static void own_timeout(struct scene *scene)
{
	const struct blocking *const row = scene->blocking;
	const long milliseconds = own_values[(row - blockings) % COUNT(own_values)];

	scene_prepare(scene, row);
	if (row_is_wait(row)) {
		own_wait(scene);
		return;
	}
	/* Through another number, which is the same socket. */
	set_timer(dup(scene->fd), row->option, milliseconds);
	ck_obeyed(scene, milliseconds);
	if (again_why_not(row) != NULL)
		return;
	set_timer(scene->fd, row->option, 0);
	ck_waits(scene);
}

const struct scenario plain_scenarios[] = {
	{"ready", ALL, ready, ready_why_not},
	{"silent", SHORT, silent, row_waits},
	{"answered-late", NATIVE | LONG, answered, row_waits},
	{"peer-closes", NATIVE | LONG, peer_closes, closes_why_not},
	{"nonblocking-by-fcntl", ALL, by_fcntl, nonblocking_why_not},
	{"nonblocking-by-ioctl", ALL, by_ioctl, nonblocking_why_not},
	{"nonblocking-by-duplicate", ALL, by_duplicate, nonblocking_why_not},
	{"nonblocking-by-socket", ALL, by_socket, socket_why_not},
	{"nonblocking-by-accept4", ALL, by_accept4, accept4_why_not},
	{"MSG_DONTWAIT", ALL, dontwait, flags_why_not},
	{"blocking-again", ALL, blocking_again, again_why_not},
	{"own-timeout", ALL, own_timeout, row_waits},
};
const int plain_scenario_count = COUNT(plain_scenarios);
