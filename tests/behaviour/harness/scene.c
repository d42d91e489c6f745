/*
 * How the rows of blocking.h are opened, made to wait, and answered.
 */
#include "config.h"

#include "harness/blocking.h"

#include <fcntl.h>
#include <poll.h>

static char bytes[65536];

const struct blocking *blocking_named(const char *name)
{
	for (int i = 0; i < blocking_count; i++)
		if (strcmp(blockings[i].name, name) == 0)
			return &blockings[i];
	ck_abort_msg("no such row: %s", name);
}

static bool sends(const struct scene *scene)
{
	return scene->blocking->call->side == SENDS || scene->blocking->call->side == WAITS_OUT;
}

/* Larger buffers of TCP make room again after a quarter of a second, when the kernel probes the window. */
static void fix_buffers(int fd)
{
	const int size = 8192;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
}

/* The call's side is the accepted one, or that of socket(2). */
static void open_connection(struct scene *scene, enum made made)
{
	const struct kind *const kind = scene->blocking->kind;
	const int client_flags = made == MADE_BY_SOCKET ? SOCK_NONBLOCK : 0;
	const int server_flags = made == MADE_BY_ACCEPT4 ? SOCK_NONBLOCK : 0;
	struct named_address name;
	const int listener = kind_bound(kind, 0, &name);
	const int client = kind_socket(kind, client_flags);
	int server;

	if (sends(scene) && kind->family != AF_UNIX) {
		/* The accepted socket inherits the listener's. */
		fix_buffers(listener);
		fix_buffers(client);
	}
	ck_assert_int_eq(listen(listener, 1), 0);
	kind_connect(client, &name);
	server = accept4(listener, NULL, NULL, server_flags);
	ck_assert_int_ge(server, 0);
	ck_assert_int_eq(close(listener), 0);
	scene->fd = made == MADE_BY_SOCKET ? client : server;
	scene->other = made == MADE_BY_SOCKET ? server : client;
}

static void open_datagrams(struct scene *scene, enum made made)
{
	const struct kind *const kind = scene->blocking->kind;
	struct named_address name, other_name;

	scene->fd = kind_bound(kind, made == MADE_BY_SOCKET ? SOCK_NONBLOCK : 0, &name);
	scene->other = kind_bound(kind, 0, &other_name);
	if (kind->family == AF_UNIX && (scene->blocking->call->traits & UNCONNECTED) != 0) {
		scene->address = other_name;
		return;
	}
	kind_connect(scene->other, &name);
	kind_connect(scene->fd, &other_name);
}

static void *call_once(void *scene)
{
	(void)scene_call(scene);
	return NULL;
}

/* What the library learns from calls that waited. */
static void have_waited(struct scene *scene)
{
	for (int i = 0; i < 3; i++) {
		pid_t id;
		const pthread_t thread = background(&id, call_once, scene);

		wait_until_waiting(id);
		scene_let_go(scene);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		/* On a slow machine it was not in time. */
		(void)recv(scene->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	}
}

static void have_sent(struct scene *scene)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(scene_call(scene), BLOCKING_RESULT);
	while (recv(scene->other, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		;
}

void scene_open(struct scene *scene, const struct blocking *blocking, enum made made)
{
	const struct kind *const kind = blocking->kind;
	const int flags = made == MADE_BY_SOCKET ? SOCK_NONBLOCK : 0;

	memset(scene, 0, sizeof *scene);
	scene->blocking = blocking;
	scene->other = -1;
	scene->wait_ms = -1;
	if (blocking->call->side == ACCEPTS) {
		scene->fd = kind_bound(kind, flags, &scene->address);
		ck_assert_int_eq(listen(scene->fd, 8), 0);
	} else if (blocking->call->side == CONNECTS) {
		scene->file = kind_bound(kind, 0, &scene->address);
		ck_assert(kind->type == SOCK_DGRAM || listen(scene->file, 8) == 0);
		scene->fd = kind_socket(kind, flags);
	} else if (kind->type == SOCK_DGRAM) {
		open_datagrams(scene, made);
	} else {
		open_connection(scene, made);
	}
	if (strncmp(blocking->call->name, "sendfile", 8) == 0) {
		scene->file = fileno(tmpfile());
		ck_assert_int_eq(pwrite(scene->file, bytes, BLOCKING_RESULT, 0),
				 BLOCKING_RESULT);
	}
	if (blocking->used && sends(scene))
		have_sent(scene);
	else if (blocking->used)
		have_waited(scene);
}

/* Whether something was sent. */
static bool sends_until_full(const struct scene *scene)
{
	const struct sockaddr *const to =
		scene->address.length != 0 ? (struct sockaddr *)&scene->address.storage : NULL;
	bool sent = false;

	while (sendto(scene->fd, bytes, BLOCKING_RESULT, MSG_DONTWAIT, to,
		      scene->address.length) > 0)
		sent = true;
	ck_assert_int_eq(errno, EAGAIN);
	return sent;
}

static void fill_to_the_brim(const struct scene *scene)
{
	const bool acknowledged = scene->blocking->kind->family != AF_UNIX;

	(void)sends_until_full(scene);
	/* TCP makes room again when the peer acknowledges, after 40 ms. */
	for (int in_a_row = 0; acknowledged && in_a_row < 2; in_a_row++) {
		(void)poll(NULL, 0, 60);
		if (sends_until_full(scene))
			in_a_row = -1;
	}
}

void scene_stuff(struct scene *scene)
{
	if (sends(scene)) {
		fill_to_the_brim(scene);
	} else if (scene->blocking->call->side == CONNECTS) {
		ck_assert_int_eq(listen(scene->file, 0), 0);
		fill_backlog(scene->blocking->kind->type,
			     (struct sockaddr *)&scene->address.storage, scene->address.length,
			     scene->keep);
	}
}

void scene_prepare(struct scene *scene, const struct blocking *blocking)
{
	scene_open(scene, blocking, MADE_BLOCKING);
	scene_stuff(scene);
}

/* Until nothing has come for a while. */
static void drain(const struct scene *scene)
{
	struct pollfd full = {.fd = scene->other, .events = POLLIN};

	while (poll(&full, 1, 20) == 1)
		ck_assert_int_gt(recv(scene->other, bytes, sizeof bytes, MSG_DONTWAIT), 0);
}

void scene_let_go(struct scene *scene)
{
	const struct kind *const kind = scene->blocking->kind;
	const bool several = kind->type != SOCK_STREAM &&
			     strcmp(scene->blocking->call->name, "recvmmsg") == 0;

	switch (scene->blocking->call->side) {
	case SENDS:
	case WAITS_OUT:
		drain(scene);
		break;
	case ACCEPTS:
		kind_connect(kind_socket(kind, 0), &scene->address);
		break;
	case CONNECTS:
		/* A longer queue; the kernel sends the SYN again after a second. */
		ck_assert_int_eq(listen(scene->file, 128), 0);
		break;
	default:
		for (int i = 0; i < (several ? 3 : 1); i++)
			ck_assert_int_eq(sendto(scene->other, bytes, BLOCKING_RESULT,
						MSG_DONTWAIT, NULL, 0),
					 BLOCKING_RESULT);
	}
}

void scene_release(struct scene *scene)
{
	const double end = now_ms() + HANG_MS;

	do {
		scene_let_go(scene);
		ck_assert_double_lt(now_ms(), end);
	} while (sends(scene) && !atomic_load(&scene->done));
}

void *play(void *argument)
{
	struct scene *const scene = argument;

	errno = EXDEV;
	scene->started = now_ms();
	scene->result = scene_call(scene);
	scene->error = errno;
	scene->ended = now_ms();
	atomic_store(&scene->done, true);
	return NULL;
}

void scene_start(struct scene *scene)
{
	atomic_store(&scene->done, false);
	scene->thread = background(&scene->tid, play, scene);
	wait_until_waiting(scene->tid);
}

void play_in_background(struct scene *scene, const struct blocking *blocking)
{
	scene_prepare(scene, blocking);
	scene_start(scene);
}

void ck_outcome(const struct scene *scene, long result, int error)
{
	if (result >= 0)
		error = EXDEV;
	ck_assert_msg(scene->result == result && scene->error == error,
		      "%s gave %ld, errno %s, in place of %ld, errno %s", scene->blocking->name,
		      scene->result, strerrorname_np(scene->error), result,
		      strerrorname_np(error));
}

void join_expecting(struct scene *scene, long result, int error)
{
	ck_assert_int_eq(pthread_join(scene->thread, NULL), 0);
	ck_outcome(scene, result, error);
}

void release_and_join(struct scene *scene)
{
	scene_release(scene);
	join_expecting(scene, BLOCKING_RESULT, 0);
}

void ck_untouched(const struct scene *scene)
{
	struct timeval timeout = {1, 1};
	socklen_t length = sizeof timeout;

	ck_assert_int_eq(
		getsockopt(scene->fd, SOL_SOCKET, scene->blocking->option, &timeout, &length),
		0);
	ck_assert_msg(timeout.tv_sec == 0 && timeout.tv_usec == 0,
		      "%s shows a timeout of %ld.%06ld s", scene->blocking->name,
		      (long)timeout.tv_sec, (long)timeout.tv_usec);
	ck_assert_int_eq(fcntl(scene->fd, F_GETFL) & O_NONBLOCK, 0);
}
