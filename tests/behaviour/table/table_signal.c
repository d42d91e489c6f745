/*
 * Scenarios in which a signal comes while the call waits.
 */
#include "config.h"

#include "table/table.h"

#include <gnu/libc-version.h>
#include <poll.h>
#include <setjmp.h>
#include <sys/wait.h>

static atomic_int count;

static void add_one(int number)
{
	(void)number;
	atomic_fetch_add(&count, 1);
}

static void install(int number, void (*handler)(int), int flags)
{
	const struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

void handle(int number, int flags)
{
	install(number, add_one, flags);
}

int handled(void)
{
	return atomic_load(&count);
}

bool row_repeats(const struct blocking *row)
{
	return strstr(row->call->name, "dprintf") != NULL &&
	       strverscmp(gnu_get_libc_version(), "2.37") >= 0;
}

static const char *both_why_not(const struct blocking *row)
{
	if (row_is_wait(row))
		return "poll, select and epoll_wait are not restarted (signal(7))";
	return row_repeats(row) ? REPEATS : row->never;
}

static const char *restart_why_not(const struct blocking *row)
{
	return row_is_wait(row) ? "poll, select and epoll_wait are not restarted (signal(7))"
				: row->never;
}

/* Send the signal to the thread, and wait until the handler has run once more. */
static void interrupt(const struct scene *scene, int number)
{
	const int before = handled();
	const double end = now_ms() + HANG_MS;

	ck_assert_int_eq(pthread_kill(scene->thread, number), 0);
	while (handled() == before) {
		ck_assert_double_lt(now_ms(), end);
		(void)poll(NULL, 0, 1);
	}
}

/* The call waits on. */
static void ck_still_waits(const struct scene *scene)
{
	wait_until_waiting(scene->tid);
	ck_assert(!atomic_load(&scene->done));
}

/* Handlers with these flags do not end the call. */
static void goes_on_after(struct scene *scene, int flags)
{
	handle(SIGUSR1, flags);
	play_in_background(scene, scene->blocking);
	for (int i = 0; i < 3; i++) {
		interrupt(scene, SIGUSR1);
		ck_still_waits(scene);
	}
	ck_untouched(scene);
	scene_release(scene);
	ck_assert_int_eq(pthread_join(scene->thread, NULL), 0);
	/* glibc leaves the errno of the write(2) that it repeats. */
	if (flags == 0 && mode() == MODE_NATIVE && scene->error == EINTR)
		scene->error = EXDEV;
	ck_outcome(scene, BLOCKING_RESULT, 0);
	ck_no_timers(scene->blocking->name);
}

static void without_restart(struct scene *scene)
{
	if (row_repeats(scene->blocking)) {
		goes_on_after(scene, 0);
		return;
	}
	handle(SIGUSR1, 0);
	play_in_background(scene, scene->blocking);
	ck_assert_int_eq(pthread_kill(scene->thread, SIGUSR1), 0);
	join_expecting(scene, -1, EINTR);
	ck_goes_on(scene);
}

static void with_restart(struct scene *scene)
{
	goes_on_after(scene, SA_RESTART);
}

/* The handler that runs decides, not the one that is installed too. */
static void both_handlers(struct scene *scene)
{
	handle(SIGUSR1, SA_RESTART);
	handle(SIGUSR2, 0);
	play_in_background(scene, scene->blocking);
	interrupt(scene, SIGUSR1);
	ck_still_waits(scene);
	ck_assert_int_eq(pthread_kill(scene->thread, SIGUSR2), 0);
	join_expecting(scene, -1, EINTR);
	ck_goes_on(scene);
}

/* A signal every 50 ms, for ever: the deadline is that of the whole call. */
static void many_signals(struct scene *scene)
{
	handle(SIGUSR1, SA_RESTART);
	play_in_background(scene, scene->blocking);
	while (!atomic_load(&scene->done)) {
		ck_assert_double_lt(now_ms() - scene->started, HANG_MS);
		(void)pthread_kill(scene->thread, SIGUSR1);
		(void)poll(NULL, 0, 50);
	}
	join_expecting(scene, -1, ETIMEDOUT);
	ck_assert_double_ge(scene->ended - scene->started, SHORT_MS);
	ck_took_in_time(scene->ended - scene->started, SHORT_MS);
	ck_assert_int_ge(handled(), 2);
	ck_goes_on(scene);
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

static const char *stop_why_not(const struct blocking *row)
{
	return (row->call->traits & STOP_INTERRUPTS) != 0
		       ? "epoll_wait fails with EINTR after SIGCONT (signal(7))"
		       : row->never;
}

static void stopped(struct scene *scene)
{
	play_in_background(scene, scene->blocking);
	stop_twice(scene);
	ck_still_waits(scene);
	/* Handlers are there, and do not run. */
	handle(SIGUSR1, SA_RESTART);
	handle(SIGUSR2, 0);
	stop_twice(scene);
	ck_still_waits(scene);
	release_and_join(scene);
	ck_untouched(scene);
}

static const char *jump_why_not(const struct blocking *row)
{
	return (row->call->traits & ON_A_STREAM) != 0
		       ? "a jump leaves libc with a stream on a stack that is gone"
		       : row->never;
}

static sigjmp_buf home;

static void jump(int number)
{
	(void)number;
	siglongjmp(home, 1);
}

/* Send the signal to this process, which has one thread, once the process waits. */
static pid_t interrupter(int number)
{
	const pid_t waiting = getpid(), child = fork();

	if (child == 0) {
		wait_until_waiting(waiting);
		_exit(kill(waiting, number) == 0 ? 0 : 1);
	}
	ck_assert_int_gt(child, 0);
	return child;
}

static bool is_cancellable(void)
{
	int state;

	ck_assert_int_eq(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state), 0);
	return state == PTHREAD_CANCEL_ENABLE;
}

/* A handler leaves the call by siglongjmp; the socket is used on, with a timer of its own too. */
static void jumped_out_of(struct scene *scene)
{
	const struct blocking *const row = scene->blocking;
	pid_t child;
	int copy;

	scene_prepare(scene, row);
	install(SIGUSR1, jump, 0);
	child = interrupter(SIGUSR1);
	if (sigsetjmp(home, 1) == 0) {
		(void)scene_call(scene);
		ck_abort_msg("%s came back", row->name);
	}
	ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
	ck_assert(is_cancellable());
	ck_no_timers(row->name);
	if (row_is_connect(row))
		return;
	if (!row_is_wait(row)) {
		/* A timer that is set through another number is the socket's. */
		copy = dup(scene->fd);
		set_timer(copy, row->option, 180);
		ck_obeyed(scene, 180);
		set_timer(copy, row->option, 0);
		ck_assert_int_eq(close(copy), 0);
	}
	ck_goes_on(scene);
}

static struct scene *of_handler;

static void call_in_handler(int number)
{
	(void)number;
	(void)play(of_handler);
}

static void *answer_later(void *argument)
{
	struct scene *const scene = argument;

	wait_until_waiting(scene->tid);
	scene_release(scene);
	return NULL;
}

static void from_handler(struct scene *scene)
{
	pthread_t answerer = pthread_self();
	pid_t id;

	scene_prepare(scene, scene->blocking);
	of_handler = scene;
	scene->tid = thread_id();
	install(SIGUSR1, call_in_handler, 0);
	if (mode() != MODE_SHORT)
		answerer = background(&id, answer_later, scene);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	if (mode() == MODE_SHORT) {
		ck_outcome(scene, -1, ETIMEDOUT);
		ck_assert_double_ge(scene->ended - scene->started, SHORT_MS);
		ck_took_in_time(scene->ended - scene->started, SHORT_MS);
	} else {
		ck_outcome(scene, BLOCKING_RESULT, 0);
		ck_assert_int_eq(pthread_join(answerer, NULL), 0);
	}
	ck_no_timers(scene->blocking->name);
}

const struct scenario signal_scenarios[] = {
	{"EINTR", NATIVE | LONG, without_restart, row_waits},
	{"SA_RESTART", NATIVE | LONG, with_restart, restart_why_not},
	{"both-handlers", NATIVE | LONG, both_handlers, both_why_not},
	{"many-signals", SHORT, many_signals, restart_why_not},
	{"stopped", NATIVE | LONG, stopped, stop_why_not},
	{"siglongjmp", ALL, jumped_out_of, jump_why_not},
	{"from-handler", ALL, from_handler, row_waits},
};
const int signal_scenario_count = COUNT(signal_scenarios);
