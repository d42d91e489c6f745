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

static void *play(void *argument)
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
