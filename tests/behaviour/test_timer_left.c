/*
 * No timer of the library stays on a socket, whatever ended the call: the kernel is asked past all
 * wrappers. A timer of the program's stays, is shown, and is obeyed.
 */
#include "config.h"

#include "timers.h"

#include <poll.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

static atomic_int handled;

static void count(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

static void install(int number, void (*handler)(int), int flags)
{
	const struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

/* A call that does not wait. */
static void play_at_once(struct scene *scene, const struct blocking *blocking)
{
	memset(scene, 0, sizeof *scene);
	scene->blocking = blocking;
	scene->other = scene->file = -1;
	blocking->prepare(scene);
	let_go(scene);
	ck_assert_int_eq(blocking->call(scene), BLOCKING_RESULT);
}

BEHAVIOUR_LOOP(after_success, ALL, blocking_count)
{
	const struct blocking *const blocking = &blockings[_i];
	struct scene scene;

	if (blocking->release == NULL)
		return;
	play_at_once(&scene, blocking);
	ck_no_timers(blocking->name);
	play_in_background(&scene, blocking);
	release_and_join(&scene);
	ck_no_timers(blocking->name);
}

BEHAVIOUR_LOOP(after_timeout, SHORT, blocking_count)
{
	const struct blocking *const blocking = &blockings[_i];
	struct scene scene;
	double started;

	memset(&scene, 0, sizeof scene);
	scene.blocking = blocking;
	scene.other = scene.file = -1;
	blocking->prepare(&scene);
	started = now_ms();
	ck_timed_out(blocking->call(&scene), started);
	ck_no_timers(blocking->name);
}

BEHAVIOUR_LOOP(after_handlers, NATIVE | LONG, blocking_count)
{
	const struct blocking *const blocking = &blockings[_i];
	struct scene scene;

	install(SIGUSR1, count, SA_RESTART);
	install(SIGUSR2, count, 0);
	play_in_background(&scene, blocking);
	ck_assert_int_eq(pthread_kill(scene.thread, SIGUSR1), 0);
	/* Of two signals that arrive together, the first decides. */
	while (atomic_load(&handled) == 0)
		(void)poll(NULL, 0, 1);
	wait_until_waiting(scene.tid);
	ck_assert_int_eq(pthread_kill(scene.thread, SIGUSR2), 0);
	join_expecting(&scene, -1, EINTR);
	ck_no_timers(blocking->name);
}

BEHAVIOUR_LOOP(after_cancellation, NATIVE | LONG, blocking_count)
{
	const struct blocking *const blocking = &blockings[_i];
	struct scene scene;

	play_in_background(&scene, blocking);
	ck_assert_int_eq(pthread_cancel(scene.thread), 0);
	/* sendfile is no cancellation point: the call goes on, and ends. */
	if (strncmp(blocking->name, "sendfile", 8) == 0)
		let_go(&scene);
	ck_assert_int_eq(pthread_join(scene.thread, NULL), 0);
	ck_no_timers(blocking->name);
}

/* One thread's call succeeds, or is interrupted, while another thread waits in the same call. */
BEHAVIOUR_LOOP(beside_another, NATIVE | LONG, blocking_count)
{
	const struct blocking *const blocking = &blockings[_i];
	struct scene first, second;

	install(SIGUSR2, count, 0);
	play_in_background(&first, blocking);
	memcpy(&second, &first, sizeof second);
	if (strncmp(blocking->name, "splice", 6) == 0) {
		/* The kernel holds a pipe while it waits for the socket (fs/splice.c). */
		static const char bytes[BLOCKING_RESULT];
		const bool out = strncmp(blocking->name, "splice out", 10) == 0;
		int ends[2];

		ck_assert_int_eq(pipe(ends), 0);
		ck_assert(!out || write(ends[1], bytes, sizeof bytes) == sizeof bytes);
		second.file = ends[out ? 0 : 1];
	}
	second.thread = background(&second.tid, play, &second);
	wait_until_blocked(second.tid, -1);
	ck_assert_int_eq(pthread_kill(second.thread, SIGUSR2), 0);
	ck_assert_int_eq(pthread_join(second.thread, NULL), 0);
	if (mode() == MODE_LONG)
		ck_assert(second.result == -1);
	ck_assert_int_eq(pthread_kill(first.thread, SIGUSR2), 0);
	ck_assert_int_eq(pthread_join(first.thread, NULL), 0);
	ck_no_timers(blocking->name);
}

/* The number means another socket when the call ends: neither the old nor the new one has a timer. */
BEHAVIOUR_LOOP(after_reuse, NATIVE | LONG, blocking_count)
{
	const struct blocking *const blocking = &blockings[_i];
	struct scene scene, next;
	int kept;

	install(SIGUSR2, count, 0);
	play_in_background(&scene, blocking);
	kept = dup(scene.fd);
	ck_assert_int_ge(kept, 0);
	memset(&next, 0, sizeof next);
	next.blocking = blocking;
	next.other = next.file = -1;
	blocking->prepare(&next);
	ck_assert_int_eq(dup2(next.fd, scene.fd), scene.fd);
	ck_assert_int_eq(pthread_kill(scene.thread, SIGUSR2), 0);
	ck_assert_int_eq(pthread_join(scene.thread, NULL), 0);
	ck_no_timers(blocking->name);
	ck_assert_int_eq(close(kept), 0);
	/* The new socket is used by the old number. */
	ck_assert_int_eq(close(next.fd), 0);
	next.fd = scene.fd;
	next.thread = background(&next.tid, play, &next);
	wait_until_waiting(next.tid);
	ck_assert_int_eq(pthread_kill(next.thread, SIGUSR2), 0);
	join_expecting(&next, -1, EINTR);
	ck_no_timers(blocking->name);
}

/* Multiples of a jiffy at HZ=100 and 250, so that the kernel shows what was set. */
static const long own_values[] = {20,       180,           SHORT_MS - 60,
				  SHORT_MS, SHORT_MS + 60, 2 * SHORT_MS};

BEHAVIOUR_LOOP(own, ALL, blocking_count)
{
	const struct blocking *const blocking = &blockings[_i];
	const long milliseconds = own_values[_i % COUNT(own_values)];
	struct scene scene;

	memset(&scene, 0, sizeof scene);
	scene.blocking = blocking;
	scene.other = scene.file = -1;
	blocking->prepare(&scene);
	set_timer(scene.fd, blocking->option, milliseconds);
	ck_obeyed(&scene, milliseconds);
}

/* An accepted socket inherits the listener's own timer, and no other. */
BEHAVIOUR_LOOP(own_of_listener, ALL, COUNT(own_values))
{
	const long milliseconds = own_values[_i];
	struct scene scene;
	int first, second;

	memset(&scene, 0, sizeof scene);
	scene.blocking = blocking_named("accept");
	scene.other = scene.file = -1;
	scene.blocking->prepare(&scene);
	scene.blocking->release(&scene);
	first = accept(scene.fd, NULL, NULL);
	ck_assert_int_ge(first, 0);
	ck_timers("accept", first, 0, 0);
	set_timer(scene.fd, SO_RCVTIMEO, milliseconds);
	scene.blocking->release(&scene);
	second = accept(scene.fd, NULL, NULL);
	ck_assert_int_ge(second, 0);
	ck_timers("accept", second, milliseconds, 0);
	ck_timers("accept", scene.fd, milliseconds, 0);
}

/* A process without the library inherits the socket: cat writes everything, and waits for that. */
BEHAVIOUR_LOOP(inherited, ALL, 4)
{
	static const char block[65536];

	const int family = _i % 2 == 0 ? AF_INET : AF_UNIX;
	const int file = fileno(tmpfile());
	size_t sent = 0, received = 0;
	char bytes[4096];
	pid_t child;
	ssize_t n;
	int pair[2];

	stream_pair(family, pair);
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(write(file, block, sizeof block), sizeof block);
	/* A bounded call, which armed a timer. */
	if (_i < 2)
		ck_assert_int_eq(sendfile(pair[0], file, &(off_t){0}, 1000), 1000);
	else
		ck_assert_int_eq(write(pair[0], block, 1000), 1000);
	sent = 1000;
	ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
	child = fork();
	if (child == 0) {
		char *const arguments[] = {(char *)(uintptr_t) "cat", NULL};
		char *const environment[] = {NULL};

		(void)dup2(file, 0);
		(void)dup2(pair[0], 1);
		(void)execve("/bin/cat", arguments, environment);
		_exit(127);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(close(pair[0]), 0);
	/* cat has filled the buffers, and waits longer than the kernel's timer of before would let it. */
	wait_until_blocked(child, SYS_write);
	(void)poll(NULL, 0, SHORT_MS + 100);
	while ((n = read(pair[1], bytes, sizeof bytes)) > 0)
		received += (size_t)n;
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
	ck_assert_uint_eq(received, sent + 64 * sizeof block);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "timers that are left");
}
