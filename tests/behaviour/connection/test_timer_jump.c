/*
 * Handlers that leave a bounded call by siglongjmp, or return, at any moment of the call: no timer of the
 * library stays on a socket, an own timer is obeyed, and the next call works.
 */
#include "config.h"

#include "harness/timers.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>

/* Of each of more than a dozen cases. */
#define JUMPS    1000
#define HANDLERS 500

static void count(int number)
{
	(void)number;
}

static void install(int number, void (*handler)(int), int flags)
{
	const struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

static sigjmp_buf home;
static volatile sig_atomic_t may_jump;

static void jump(int number)
{
	(void)number;
	if (may_jump)
		siglongjmp(home, 1);
}

/* A random moment of the next tenth of a millisecond. */
static void alarm_soon(unsigned int *seed)
{
	const struct itimerval soon = {{0, 0}, {0, 1 + rand_r(seed) % 100}};

	/* Not ck_assert, which the handler would leave with a lock of stdio's held. */
	if (setitimer(ITIMER_REAL, &soon, NULL) != 0)
		abort();
}

static size_t resident_pages(void)
{
	unsigned long size = 0, resident = 0;
	FILE *const file = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%lu %lu", &size, &resident), 2);
	ck_assert_int_eq(fclose(file), 0);
	return resident;
}

static void *wait_for_ever(void *argument)
{
	(void)argument;
	for (;;)
		(void)pause();
	return NULL;
}

static void jump_many_times(struct scene *scene, int times)
{
	static unsigned int seed;
	static struct scene *kept;
	static int left;

	kept = scene;
	left = times;
	install(SIGALRM, jump, 0);
	(void)sigsetjmp(home, 1);
	may_jump = 0;
	while (left-- > 0) {
		may_jump = 1;
		alarm_soon(&seed);
		/* Some calls are interrupted before the jump is allowed. */
		(void)scene_call(kept);
		may_jump = 0;
	}
}

static const char *const timed[] = {"accept/tcp",   "accept4/tcp",     "connect/unix",
				    "sendfile/tcp", "splice-out/unix", "splice/tcp",
				    "recv/tcp",     "send/tcp"};

/* The signal comes at any moment of the call, also while the timer is set and restored. */
BEHAVIOUR_LOOP(after_many_jumps, NATIVE | LONG, 2 * COUNT(timed))
{
	const bool threads = _i >= COUNT(timed);
	const char *const name = timed[_i % COUNT(timed)];
	struct scene scene;
	sigset_t alarm;
	size_t before;
	pid_t id;

	scene_prepare(&scene, blocking_named(name));
	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	(void)pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	if (threads)
		(void)background(&id, wait_for_ever, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	jump_many_times(&scene, 100);
	before = resident_pages();
	jump_many_times(&scene, JUMPS);
	ck_assert_uint_le(resident_pages(), before + 64);
	ck_no_timers(name);
	set_timer(scene.fd, scene.blocking->option, 180);
	ck_obeyed(&scene, 180);
	set_timer(scene.fd, scene.blocking->option, 0);
	scene_let_go(&scene);
	ck_assert_int_eq(scene_call(&scene), BLOCKING_RESULT);
	ck_no_timers(name);
}

/* Handlers that return come at any moment too. */
BEHAVIOUR_LOOP(after_many_handlers, NATIVE | LONG, 2 * COUNT(timed))
{
	const bool threads = _i >= COUNT(timed);
	const char *const name = timed[_i % COUNT(timed)];
	unsigned int seed = 1;
	struct scene scene;
	sigset_t alarm;
	pid_t id;

	scene_prepare(&scene, blocking_named(name));
	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	(void)pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	if (threads)
		(void)background(&id, wait_for_ever, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	install(SIGALRM, count, 0);
	for (int i = 0; i < HANDLERS; i++) {
		const struct itimerval often = {{0, 300}, {0, 1 + rand_r(&seed) % 100}};

		ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
		ck_assert_int_eq(scene_call(&scene), -1);
		ck_assert_int_eq(errno, EINTR);
	}
	ck_assert_int_eq(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), 0);
	ck_no_timers(name);
	scene_let_go(&scene);
	ck_assert_int_eq(scene_call(&scene), BLOCKING_RESULT);
	ck_no_timers(name);
}

/* Natively sendfile is no cancellation point, and so leaves nothing behind that a cancellation uses. */
static void *leave_sendfile(void *fd)
{
	const int file = memfd_create("file", 0);

	if (file < 0 || ftruncate(file, 1 << 20) != 0)
		abort();
	may_jump = 1;
	if (sigsetjmp(home, 1) == 0)
		(void)sendfile(*(int *)fd, file, NULL, 1 << 20);
	may_jump = 0;
	for (;;)
		(void)pause();
	return NULL;
}

BEHAVIOUR_TEST(cancelled_after_sendfile, NATIVE | LONG)
{
	pthread_t thread;
	void *result;
	int pair[2];
	pid_t id;

	install(SIGUSR1, jump, 0);
	tcp_pair(pair);
	(void)fill(pair[0]);
	thread = background(&id, leave_sendfile, pair);
	wait_until_waiting(id);
	ck_assert_int_eq(pthread_kill(thread, SIGUSR1), 0);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "timers after jumps");
}
