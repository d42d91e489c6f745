/*
 * Many threads that wait at once, on sockets of their own and on one; and threads that are
 * cancelled while they wait.
 */
#include "config.h"

#include "unwound.h"

#include <poll.h>

#define THREADS 400

static int pairs[THREADS][2];
static pthread_barrier_t all_there;
static atomic_int right;

static void *receive_one(void *argument)
{
	const int *const pair = argument;
	char byte = 0;
	double started;
	ssize_t n;

	(void)pthread_barrier_wait(&all_there);
	started = now_ms();
	n = recv(pair[0], &byte, 1, 0);
	if (mode() == MODE_SHORT)
		ck_timed_out(n, started);
	else
		ck_assert(n == 1 && byte == 'x');
	atomic_fetch_add(&right, 1);
	return NULL;
}

BEHAVIOUR_TEST(together, ALL)
{
	static pthread_t threads[THREADS];
	pthread_attr_t small;

	ck_assert_int_eq(pthread_attr_init(&small), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&small, 65536), 0);
	ck_assert_int_eq(pthread_barrier_init(&all_there, NULL, THREADS + 1), 0);
	for (int i = 0; i < THREADS; i++) {
		stream_pair(AF_UNIX, pairs[i]);
		ck_assert_int_eq(pthread_create(&threads[i], &small, receive_one, pairs[i]), 0);
	}
	(void)pthread_barrier_wait(&all_there);
	if (mode() != MODE_SHORT)
		for (int i = 0; i < THREADS; i++)
			ck_assert_int_eq(send(pairs[i][1], "x", 1, 0), 1);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(atomic_load(&right), THREADS);
}

#define SHARING 16

/* They wait on the same socket; natively for ever, and all for as long under a timeout. */
BEHAVIOUR_LOOP(on_one_socket, ALL, 4)
{
	static const char *const paths[] = {"recv", "accept", "send", "sendto"};
	static struct scene shared[SHARING];
	struct scene scene;

	memset(&scene, 0, sizeof scene);
	scene.blocking = blocking_named(paths[_i]);
	scene.other = scene.file = -1;
	scene.blocking->prepare(&scene);
	for (int i = 0; i < SHARING; i++) {
		memcpy(&shared[i], &scene, sizeof scene);
		shared[i].thread = background(&shared[i].tid, play, &shared[i]);
		if (mode() != MODE_SHORT)
			wait_until_waiting(shared[i].tid);
	}
	if (mode() != MODE_SHORT) {
		for (int i = 0; i < SHARING; i++)
			ck_assert(!atomic_load(&shared[i].done));
		return;
	}
	for (int i = 0; i < SHARING; i++) {
		const struct scene *const its = &shared[i];

		ck_assert_int_eq(pthread_join(its->thread, NULL), 0);
		errno = its->error;
		ck_assert_int_eq(its->result, -1);
		ck_assert_msg(its->error == ETIMEDOUT, "%s: %s", paths[_i],
			      strerror(its->error));
		ck_assert_double_ge(its->ended - its->started, SHORT_MS);
		ck_assert_double_le(its->ended - its->started, SHORT_MS + LATE_MS);
	}
	ck_untouched(&scene);
}

static atomic_int cleaned;

static void clean(void *argument)
{
	(void)argument;
	atomic_fetch_add(&cleaned, 1);
}

static void *cancelled(void *argument)
{
	struct scene *const scene = argument;

	pthread_cleanup_push(clean, NULL);
	pthread_cleanup_push(clean, NULL);
	unwound_call(scene, &cleaned);
	atomic_store(&scene->done, true);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

BEHAVIOUR_LOOP(cancellation, NATIVE | LONG, blocking_count)
{
	/* Not a cancellation point in glibc (sysdeps/unix/sysv/linux/syscalls.list). */
	const bool cancellable = strncmp(blockings[_i].name, "sendfile", 8) != 0;
	struct scene scene;
	void *ended_by;

	memset(&scene, 0, sizeof scene);
	scene.blocking = &blockings[_i];
	scene.blocking->prepare(&scene);
	scene.thread = background(&scene.tid, cancelled, &scene);
	wait_until_waiting(scene.tid);
	ck_assert_int_eq(pthread_cancel(scene.thread), 0);
	if (!cancellable) {
		release_and_join(&scene);
		return;
	}
	ck_assert_int_eq(pthread_join(scene.thread, &ended_by), 0);
	ck_assert_ptr_eq(ended_by, PTHREAD_CANCELED);
	ck_assert_int_eq(atomic_load(&cleaned), 3);
	ck_untouched(&scene);
	/* The next call waits as the first did. */
	scene.thread = background(&scene.tid, cancelled, &scene);
	wait_until_waiting(scene.tid);
	ck_assert_int_eq(pthread_cancel(scene.thread), 0);
	ck_assert_int_eq(pthread_join(scene.thread, &ended_by), 0);
	ck_assert_ptr_eq(ended_by, PTHREAD_CANCELED);
	ck_assert_int_eq(atomic_load(&cleaned), 6);
}

/* A thread that has cancellation disabled is not cancelled in a call, and waits on. */
static void *not_cancelled(void *argument)
{
	struct scene *const scene = argument;

	ck_assert_int_eq(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL), 0);
	scene->result = scene->blocking->call(scene);
	scene->error = errno;
	atomic_store(&scene->done, true);
	return NULL;
}

BEHAVIOUR_LOOP(cancellation_disabled, NATIVE | LONG, blocking_count)
{
	struct scene scene;

	memset(&scene, 0, sizeof scene);
	scene.blocking = &blockings[_i];
	scene.blocking->prepare(&scene);
	scene.thread = background(&scene.tid, not_cancelled, &scene);
	wait_until_waiting(scene.tid);
	ck_assert_int_eq(pthread_cancel(scene.thread), 0);
	wait_until_waiting(scene.tid);
	if (mode() == MODE_SHORT)
		join_expecting(&scene, -1, ETIMEDOUT);
	else if (scene.blocking->release != NULL)
		release_and_join(&scene);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "threads");
}
