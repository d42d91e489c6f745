/*
 * Many threads that wait at once, on sockets of their own and on one; and threads that are
 * cancelled while they wait.
 */
#include "config.h"

#include "process/unwound.h"

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
	static const char *const paths[] = {"recv/tcp", "accept/tcp", "send/tcp",
					    "sendto/unix-dgram"};
	static struct scene shared[SHARING];
	struct scene scene;

	scene_prepare(&scene, blocking_named(paths[_i]));
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
		ck_took_in_time(its->ended - its->started, SHORT_MS);
	}
	ck_untouched(&scene);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "threads");
}
