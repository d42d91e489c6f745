/*
 * A signal handler runs while a call waits: with SA_RESTART the call goes on, without it it fails
 * with EINTR, and the deadline is that of the whole call, however often handlers run.
 */
#include "config.h"

#include "blocking.h"

#include <poll.h>
#include <sys/wait.h>

static atomic_int handled;

static void count(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

static void install(int number, int flags)
{
	struct sigaction action = {.sa_handler = count, .sa_flags = flags};

	ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

/* Send the signal to the thread, and wait until the handler has run once more. */
static void interrupt(const struct scene *scene, int number)
{
	const int before = atomic_load(&handled);
	const double end = now_ms() + LATE_MS;

	ck_assert_int_eq(pthread_kill(scene->thread, number), 0);
	while (atomic_load(&handled) == before) {
		ck_assert_double_lt(now_ms(), end);
		(void)poll(NULL, 0, 1);
	}
}

/* Whether the thread of that process is stopped. */
static bool is_stopped(pid_t process, pid_t thread)
{
	char path[64], state = '?';
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)process, (int)thread);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	(void)fclose(file);
	return state == 'T';
}

/* Stop this process and let it go on, twice; each time only when the thread has noticed. */
static void stop_twice(const struct scene *scene)
{
	const pid_t process = getpid();
	const pid_t stopper = fork();

	for (int i = 0; stopper == 0 && i < 2; i++) {
		(void)kill(process, SIGSTOP);
		while (!is_stopped(process, scene->tid))
			(void)poll(NULL, 0, 1);
		(void)kill(process, SIGCONT);
	}
	if (stopper == 0)
		_exit(0);
	ck_assert_int_gt(stopper, 0);
	while (waitpid(stopper, NULL, 0) != stopper)
		ck_assert_int_eq(errno, EINTR);
}

/* Stopped and continued, and with handlers that restart: natively all calls go on. */
BEHAVIOUR_LOOP(goes_on, NATIVE | LONG, blocking_count)
{
	struct scene scene;

	play_in_background(&scene, &blockings[_i]);
	stop_twice(&scene);
	wait_until_waiting(scene.tid);
	install(SIGUSR1, SA_RESTART);
	/* Is there, and does not count. */
	install(SIGUSR2, 0);
	for (int i = 0; i < 3; i++) {
		interrupt(&scene, SIGUSR1);
		wait_until_waiting(scene.tid);
	}
	stop_twice(&scene);
	wait_until_waiting(scene.tid);
	ck_assert(!atomic_load(&scene.done));
	ck_untouched(&scene);
	if (scene.blocking->release != NULL) {
		release_and_join(&scene);
		ck_untouched(&scene);
	}
}

BEHAVIOUR_LOOP(fails, NATIVE | LONG, blocking_count)
{
	struct scene scene;

	install(SIGUSR1, SA_RESTART);
	install(SIGUSR2, 0);
	play_in_background(&scene, &blockings[_i]);
	interrupt(&scene, SIGUSR1);
	wait_until_waiting(scene.tid);
	ck_assert(!atomic_load(&scene.done));
	interrupt(&scene, SIGUSR2);
	join_expecting(&scene, -1, EINTR);
	ck_untouched(&scene);
}

/* Signals without end, every 50 ms: the deadline comes all the same. */
BEHAVIOUR_LOOP(ends_in_time, SHORT, blocking_count)
{
	struct scene scene;

	install(SIGUSR1, SA_RESTART);
	play_in_background(&scene, &blockings[_i]);
	while (!atomic_load(&scene.done)) {
		ck_assert_double_lt(now_ms() - scene.started, SHORT_MS + LATE_MS);
		(void)pthread_kill(scene.thread, SIGUSR1);
		(void)poll(NULL, 0, 50);
	}
	join_expecting(&scene, -1, ETIMEDOUT);
	ck_assert_double_ge(scene.ended - scene.started, SHORT_MS);
	ck_assert_int_ge(atomic_load(&handled), 2);
	ck_untouched(&scene);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "signals during calls");
}
