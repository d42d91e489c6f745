/*
 * How the scenes of blocking.h are played.
 */
#include "config.h"

#include "blocking.h"

#include <fcntl.h>

const struct blocking *blocking_named(const char *name)
{
	for (int i = 0; i < blocking_count; i++)
		if (strcmp(blockings[i].name, name) == 0)
			return &blockings[i];
	ck_abort_msg("no such case: %s", name);
}

static void *wait_once(void *argument)
{
	struct scene *const scene = argument;

	(void)scene->blocking->call(scene);
	return NULL;
}

static void have_waited(struct scene *scene)
{
	char rest[BLOCKING_RESULT];

	for (int i = 0; i < 3; i++) {
		pid_t id;
		const pthread_t thread = background(&id, wait_once, scene);

		wait_until_waiting(id);
		scene->blocking->release(scene);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		/* On a slow machine it was not in time. */
		(void)recv(scene->fd, rest, sizeof rest, MSG_DONTWAIT);
	}
}

/* With room, and then without. */
static void have_sent(struct scene *scene)
{
	static char bytes[16 * BLOCKING_RESULT];
	const struct sockaddr *const address =
		scene->address_length != 0 ? (struct sockaddr *)&scene->address : NULL;

	while (recv(scene->other, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(scene->blocking->call(scene), BLOCKING_RESULT);
		/* The pipe of a splice. */
		if (scene->keep[0] != 0)
			ck_assert_int_eq(write(scene->keep[0], bytes, BLOCKING_RESULT),
					 BLOCKING_RESULT);
	}
	if (address == NULL)
		(void)fill(scene->fd);
	while (sendto(scene->fd, bytes, address == NULL ? BLOCKING_RESULT : 1, MSG_DONTWAIT,
		      address, scene->address_length) > 0)
		;
	ck_assert_int_eq(errno, EAGAIN);
}

void prepare_again(struct scene *scene)
{
	const char *const name = scene->blocking->name;
	char first[40];

	(void)snprintf(first, sizeof first, "%.*s", (int)(strlen(name) - strlen(" again")),
		       name);
	blocking_named(first)->prepare(scene);
	if (scene->blocking->option == SO_RCVTIMEO)
		have_waited(scene);
	else
		have_sent(scene);
}

void *play(void *argument)
{
	struct scene *const scene = argument;

	scene->started = now_ms();
	scene->result = scene->blocking->call(scene);
	scene->error = errno;
	scene->ended = now_ms();
	atomic_store(&scene->done, true);
	return NULL;
}

void play_in_background(struct scene *scene, const struct blocking *blocking)
{
	memset(scene, 0, sizeof *scene);
	scene->blocking = blocking;
	scene->other = scene->file = -1;
	blocking->prepare(scene);
	scene->thread = background(&scene->tid, play, scene);
	wait_until_waiting(scene->tid);
}

void join_expecting(struct scene *scene, long result, int error)
{
	ck_assert_int_eq(pthread_join(scene->thread, NULL), 0);
	ck_assert_msg(scene->result == result && (result >= 0 || scene->error == error),
		      "%s gave %ld (%s), not %ld (%s)", scene->blocking->name, scene->result,
		      scene->result < 0 ? strerror(scene->error) : "no error", result,
		      strerror(error));
}

void release_and_join(struct scene *scene)
{
	scene->blocking->release(scene);
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
		      "%s left a timeout of %ld.%06ld s", scene->blocking->name,
		      (long)timeout.tv_sec, (long)timeout.tv_usec);
	ck_assert_int_eq(fcntl(scene->fd, F_GETFL) & O_NONBLOCK, 0);
}
