/*
 * Processes: children of a threaded program that is waiting, made by all the ways there are.
 */
#include "config.h"

#include "harness/blocking.h"

#include <stdbool.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static atomic_bool over;

/* Without Check's assertions, each of which writes to a file. */
static void *traffic(void *argument)
{
	const int *const pair = argument;
	char byte = 'x';

	while (!atomic_load(&over))
		if (send(pair[0], &byte, 1, 0) != 1 || recv(pair[1], &byte, 1, 0) != 1)
			return NULL;
	return argument;
}

static void *endless(void *argument)
{
	const int *const pair = argument;
	char byte;

	return recv(pair[0], &byte, 1, 0) == 1 ? argument : NULL;
}

/* The first end has a name: without a name no timeout would apply. */
static bool make_pair(int pair[2])
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
	       bind(pair[0], (const struct sockaddr *)&any, sizeof(sa_family_t)) == 0;
}

/* What a child does: talks, waits for an answer that comes later, and in the third mode for one
 * that does not come. Returns its exit status. */
static int talk(void)
{
	struct pollfd none = {.fd = -1};
	char byte = 'x';
	int pair[2];
	pid_t answers;

	if (!make_pair(pair))
		return 10;
	answers = fork();
	if (answers == 0) {
		(void)poll(&none, 1, 2);
		_exit(send(pair[1], &byte, 1, 0) == 1 ? 0 : 1);
	}
	if (answers < 0 || recv(pair[0], &byte, 1, 0) != 1)
		return 11;
	if (waitpid(answers, NULL, 0) != answers)
		return 12;
	if (mode() == MODE_SHORT) {
		const double started = now_ms();

		if (recv(pair[0], &byte, 1, 0) != -1 || errno != ETIMEDOUT)
			return 13;
		if (now_ms() - started < SHORT_MS)
			return 14;
	}
	return 0;
}

static void await(pid_t child)
{
	int status;

	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "status %x", (unsigned)status);
}

/* Threads talk, one waits, and children are forked as fast as can be. */
BEHAVIOUR_TEST(storm, ALL)
{
	pid_t children[24], tid;
	pthread_t threads[3], waits;
	int pair[2], talking[3][2];
	void *result;

	stream_pair(AF_UNIX, pair);
	for (int i = 0; i < 3; i++) {
		stream_pair(AF_UNIX, talking[i]);
		threads[i] = background(&tid, traffic, talking[i]);
	}
	waits = background(&tid, endless, pair);
	wait_until_waiting(tid);
	for (int i = 0; i < 24; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(talk());
	}
	for (int i = 0; i < 24; i++)
		await(children[i]);
	atomic_store(&over, true);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &result), 0);
		ck_assert_ptr_nonnull(result);
	}
	if (mode() != MODE_SHORT)
		ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	ck_assert_int_eq(pthread_join(waits, &result), 0);
	ck_assert_ptr_eq(result, mode() == MODE_SHORT ? NULL : pair);
}

static char *const command[] = {"sh", "-c", "exit 0", NULL};

/* More than POSIX allows, and what servers do. */
static pid_t vfork_and_write(const int pair[2])
{
	const pid_t child = vfork();

	if (child == 0) {
		if (write(pair[1], "x", 1) != 1)
			_exit(126);
		(void)signal(SIGPIPE, SIG_DFL);
		(void)close(pair[0]);
		execv("/bin/sh", command);
		_exit(127);
	}
	return child;
}

BEHAVIOUR_TEST(vforked, ALL)
{
	int pair[2];
	char byte = 0;
	double started;

	for (int i = 0; i < 10; i++) {
		stream_pair(AF_UNIX, pair);
		await(vfork_and_write(pair));
		/* The child's close was in its own table, whatever ours says of the number. */
		ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 1);
		if (i < 9) {
			ck_assert_int_eq(close(pair[0]), 0);
			ck_assert_int_eq(close(pair[1]), 0);
		}
	}
	if (mode() == MODE_SHORT) {
		started = now_ms();
		ck_timed_out(recv(pair[0], &byte, 1, 0), started);
	}
}

static void count(int number)
{
	(void)number;
}

/* A vfork child's handlers are its own: the parent's still restart, or do not. */
BEHAVIOUR_TEST(vforked_handlers, NATIVE | LONG)
{
	struct sigaction action = {.sa_handler = count}, seen;
	struct scene scene;
	pid_t child;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	child = vfork();
	if (child == 0) {
		action.sa_flags = SA_RESTART;
		(void)sigaction(SIGUSR1, &action, NULL);
		execv("/bin/sh", command);
		_exit(127);
	}
	await(child);
	ck_assert_int_eq(sigaction(SIGUSR1, NULL, &seen), 0);
	ck_assert(seen.sa_handler == count && (seen.sa_flags & SA_RESTART) == 0);
	play_in_background(&scene, blocking_named("recv/tcp"));
	ck_assert_int_eq(pthread_kill(scene.thread, SIGUSR1), 0);
	join_expecting(&scene, -1, EINTR);
}

BEHAVIOUR_TEST(spawned, ALL)
{
	char line[16] = "";
	pid_t child;
	FILE *out;

	ck_assert_int_eq(posix_spawn(&child, "/bin/sh", NULL, NULL, command, environ), 0);
	await(child);
	ck_assert_int_eq(system("exit 3"), 3 << 8);
	out = popen("echo hello", "r");
	ck_assert_ptr_nonnull(out);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, out));
	ck_assert_str_eq(line, "hello\n");
	ck_assert_int_eq(pclose(out), 0);
}

/* A pipe and a socket to a command; the library goes along with exec. */
BEHAVIOUR_TEST(piped, ALL)
{
	int pair[2];
	char buffer[8];
	pid_t child;

	stream_pair(AF_UNIX, pair);
	child = fork();
	if (child == 0) {
		(void)dup2(pair[1], STDIN_FILENO);
		(void)dup2(pair[1], STDOUT_FILENO);
		(void)close(pair[0]);
		(void)close(pair[1]);
		execl("/bin/cat", "cat", (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(close(pair[1]), 0);
	ck_assert_int_eq(send(pair[0], "hello", 5, 0), 5);
	ck_assert_int_eq(recv(pair[0], buffer, 5, MSG_WAITALL), 5);
	ck_assert_mem_eq(buffer, "hello", 5);
	ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
	ck_assert_int_eq(recv(pair[0], buffer, 1, 0), 0);
	await(child);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "processes");
}
