/*
 * Calls that are bounded by the kernel's timer, many at a time on one socket: nobody's timer is
 * taken away by another, and none is early. No timer stays on the socket.
 */
#include "config.h"

#include "harness/blocking.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#define SHARING 16
#define CALLS   40
#define MANY_MS 20 /* SOCKTIMEOUT of those that call again and again */

static const char *const paths[] = {
	"sendto/unix-dgram", "sendmsg/unix-dgram", "sendfile/tcp",    "sendfile/tcp-used",
	"splice/tcp",        "splice-out/unix",    "splice/tcp-used", "splice-out/tcp-used",
	"connect/unix",      "recv-peek/tcp"};
#define PATHS ((int)(sizeof paths / sizeof paths[0]))

static struct scene shared;

static void *fail_again_and_again(void *argument)
{
	struct scene scene;

	(void)argument;
	memcpy(&scene, &shared, sizeof scene);
	for (int i = 0; i < CALLS; i++) {
		const double started = now_ms();
		const long result = scene_call(&scene);
		const int error = errno;

		ck_assert_msg(result == -1 && error == ETIMEDOUT, "%s: %ld, %s",
			      scene.blocking->name, result, strerror(error));
		ck_assert_double_ge(now_ms() - started, MANY_MS);
	}
	return NULL;
}

static const char *path_again; /* of this program run again, under SOCKTIMEOUT=MANY_MS */

START_TEST(again)
{
	pthread_t threads[SHARING];

	scene_prepare(&shared, blocking_named(path_again));
	for (int i = 0; i < SHARING; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, fail_again_and_again, NULL),
				 0);
	for (int i = 0; i < SHARING; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_untouched(&shared);
}
END_TEST

static int run_again(const char *path)
{
	Suite *const suite = suite_create("again");
	SRunner *const runner = srunner_create(suite);
	int failed;

	path_again = path;
	add(suite, path, again);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}

BEHAVIOUR_LOOP(many_fail, SHORT, PATHS)
{
	const pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char timeout[20];

		(void)snprintf(timeout, sizeof timeout, "%dms", MANY_MS);
		(void)setenv("SOCKTIMEOUT", timeout, 1);
		(void)execl("/proc/self/exe", "test_timer", "many", paths[_i], (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: status %#x",
		      paths[_i], (unsigned int)status);
}

static void *succeed(void *argument)
{
	struct scene scene;

	memcpy(&scene, &shared, sizeof scene);
	for (int i = 0; i < *(const int *)argument; i++)
		ck_assert_int_eq(scene_call(&scene), BLOCKING_RESULT);
	return NULL;
}

/* The queue is full of datagrams of one byte, which the threads do not send. */
static void fill_with_small_datagrams(void)
{
	const struct sockaddr *const to =
		shared.address.length != 0 ? (struct sockaddr *)&shared.address.storage : NULL;
	char drained[BLOCKING_RESULT];

	while (recv(shared.other, drained, sizeof drained, MSG_DONTWAIT) > 0)
		;
	while (sendto(shared.fd, "", 1, MSG_DONTWAIT, to, shared.address.length) == 1)
		;
	ck_assert_int_eq(errno, EAGAIN);
}

/* Datagrams of many threads, and a receiver that is slower. */
BEHAVIOUR_LOOP(many_succeed, NATIVE | LONG, 2)
{
	pthread_t threads[SHARING];
	char drained[BLOCKING_RESULT];
	int calls = CALLS, datagrams = 0;

	scene_prepare(&shared, blocking_named(paths[_i]));
	fill_with_small_datagrams();
	for (int i = 0; i < SHARING; i++) {
		pid_t id;

		threads[i] = background(&id, succeed, &calls);
		wait_until_waiting(id);
	}
	while (datagrams < SHARING * CALLS) {
		const ssize_t n = recv(shared.other, drained, sizeof drained, 0);

		ck_assert(n == 1 || n == BLOCKING_RESULT);
		datagrams += n == BLOCKING_RESULT;
	}
	for (int i = 0; i < SHARING; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_untouched(&shared);
}

/* The socket as the kernel has it. */
static long timer_there(const struct scene *scene)
{
	struct timeval timer = {7, 7};
	socklen_t length = sizeof timer;

	ck_assert_int_eq(syscall(SYS_getsockopt, scene->fd, SOL_SOCKET, scene->blocking->option,
				 &timer, &length),
			 0);
	return timer.tv_sec * 1000 + timer.tv_usec / 1000;
}

static void set_timer(const struct scene *scene, long milliseconds)
{
	const struct timeval timer = {milliseconds / 1000, milliseconds % 1000 * 1000};

	ck_assert_int_eq(setsockopt(scene->fd, SOL_SOCKET, scene->blocking->option, &timer,
				    sizeof timer),
			 0);
}

/* No timer of the library stays; a timer of the program is its own bound; one of 0 is none. */
BEHAVIOUR_TEST(own, SHORT)
{
	struct scene scene;
	double started;

	scene_prepare(&scene, blocking_named("sendto/unix-dgram"));
	started = now_ms();
	ck_timed_out(scene_call(&scene), started);
	ck_untouched(&scene);
	ck_assert_int_eq(timer_there(&scene), 0);
	set_timer(&scene, 0);
	ck_assert_int_eq(timer_there(&scene), 0);
	ck_failed(setsockopt(scene.fd, SOL_SOCKET, scene.blocking->option, (void *)8,
			     sizeof(struct timeval)),
		  EFAULT);
	started = now_ms();
	ck_timed_out(scene_call(&scene), started);
	set_timer(&scene, 2L * SHORT_MS);
	ck_assert_int_eq(timer_there(&scene), 2L * SHORT_MS);
	started = now_ms();
	ck_failed(scene_call(&scene), EAGAIN);
	ck_assert_double_ge(now_ms() - started, 2.0 * SHORT_MS - 10);
	set_timer(&scene, 0);
	ck_assert_int_eq(timer_there(&scene), 0);
	started = now_ms();
	ck_timed_out(scene_call(&scene), started);
}

static const char *const again_paths[] = {"recv/tcp-used", "recvfrom/unix-dgram-used",
					  "recvmsg/tcp-used", "read/unix-dgram-used",
					  "readv/tcp-used"};
#define AGAIN ((int)(sizeof again_paths / sizeof again_paths[0]))

static void prepare_named(struct scene *scene, const char *path)
{
	scene_prepare(scene, blocking_named(path));
}

/* A receive that waits again and again on one socket: when it is over, and what may change in
 * between. */
BEHAVIOUR_LOOP(receive_again, SHORT, AGAIN)
{
	struct scene scene;
	double started;

	prepare_named(&scene, again_paths[_i]);
	ck_untouched(&scene);
	for (int i = 0; i < 2; i++) {
		started = now_ms();
		ck_timed_out(scene_call(&scene), started);
		scene_let_go(&scene);
		errno = EXDEV;
		ck_assert_int_eq(scene_call(&scene), BLOCKING_RESULT);
		ck_assert_int_eq(errno, EXDEV);
	}
	ck_assert_int_eq(timer_there(&scene), 0);
	/* The program's own, longer than ours, set and taken away through another number. */
	scene.fd = dup(scene.fd);
	set_timer(&scene, 2L * SHORT_MS);
	started = now_ms();
	ck_failed(scene_call(&scene), EAGAIN);
	ck_assert_double_ge(now_ms() - started, 2.0 * SHORT_MS - 10);
	set_timer(&scene, 0);
	started = now_ms();
	ck_timed_out(scene_call(&scene), started);
}

/* O_NONBLOCK belongs to the description, which another number may change. */
BEHAVIOUR_LOOP(nonblocking_again, ALL, AGAIN)
{
	struct scene scene;
	double started = now_ms();

	prepare_named(&scene, again_paths[_i]);
	make_nonblocking(dup(scene.fd), true);
	for (int i = 0; i < 3; i++)
		ck_failed(scene_call(&scene), EAGAIN);
	if (mode() == MODE_LONG)
		ck_in_time(started, 0);
	make_nonblocking(scene.fd, false);
	scene_let_go(&scene);
	ck_assert_int_eq(scene_call(&scene), BLOCKING_RESULT);
}

/* The timeout of the one process is not that of the other, which shares the socket and is gone. */
BEHAVIOUR_LOOP(shared_with_child, ALL, AGAIN)
{
	const struct timeval shortly = {0, 100000};
	struct scene scene;
	double started;
	pid_t child;

	prepare_named(&scene, again_paths[_i]);
	child = fork();
	if (child == 0)
		_exit(setsockopt(scene.fd, SOL_SOCKET, SO_RCVTIMEO, &shortly, sizeof shortly) !=
		      0);
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
	started = now_ms();
	/* Natively it is the socket's; ours is what was promised. */
	if (mode() == MODE_SHORT)
		ck_timed_out(scene_call(&scene), started);
	else if (mode() == MODE_NATIVE)
		ck_failed(scene_call(&scene), EAGAIN);
	scene_let_go(&scene);
	ck_assert_int_eq(scene_call(&scene), BLOCKING_RESULT);
}

/* A piece of little by little: through a pipe, or out of a file that is long enough. */
static ssize_t send_little(bool splices, const int ends[2], int file, int out, size_t length)
{
	static const char bytes[16384];

	if (!splices)
		return sendfile(out, file, &(off_t){0}, length);
	while (write(ends[1], bytes, sizeof bytes) > 0)
		;
	return splice(ends[0], NULL, out, NULL, length, 0);
}

/* Little by little, until no more than a part goes: that one ends in its time too, with the count. */
BEHAVIOUR_LOOP(little, SHORT, 4)
{
	const int file = fileno(tmpfile());
	const bool splices = (_i & 1) != 0;
	size_t sent = 0, received = 0;
	char bytes[16384];
	int pair[2], ends[2];
	double started;
	ssize_t n;

	stream_pair((_i & 2) != 0 ? AF_UNIX : AF_INET, pair);
	ck_assert_int_eq(ftruncate(file, sizeof bytes), 0);
	ck_assert_int_eq(pipe(ends), 0);
	make_nonblocking(ends[1], true);
	do {
		errno = EXDEV;
		started = now_ms();
		n = send_little(splices, ends, file, pair[0], sizeof bytes);
		sent += n > 0 ? (size_t)n : 0;
	} while (n == sizeof bytes);
	ck_assert_double_ge(now_ms() - started, SHORT_MS);
	ck_in_time(started, SHORT_MS);
	ck_assert(n > 0 || errno == ETIMEDOUT);
	ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
	while ((n = recv(pair[1], bytes, sizeof bytes, 0)) > 0)
		received += (size_t)n;
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(received, sent);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "many") == 0)
		return run_again(argv[2]);
	return behaviour_main(argc, argv, "the kernel's timers");
}
