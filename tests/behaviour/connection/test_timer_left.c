/*
 * No timer of the library stays on a socket, whatever ended the call: the kernel is asked past all
 * wrappers. A timer of the program's stays, is shown, and is obeyed.
 */
#include "config.h"

#include "harness/timers.h"

#include <poll.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Multiples of a jiffy at HZ=100 and 250, so that the kernel shows what was set. */
static const long own_values[] = {20,       180,           SHORT_MS - 60,
				  SHORT_MS, SHORT_MS + 60, 2 * SHORT_MS};

/* An accepted socket inherits the listener's own timer, and no other. */
BEHAVIOUR_LOOP(own_of_listener, ALL, COUNT(own_values))
{
	const long milliseconds = own_values[_i];
	struct scene scene;
	int first, second;

	scene_prepare(&scene, blocking_named("accept/tcp"));
	scene_let_go(&scene);
	first = accept(scene.fd, NULL, NULL);
	ck_assert_int_ge(first, 0);
	ck_timers("accept", first, 0, 0);
	set_timer(scene.fd, SO_RCVTIMEO, milliseconds);
	scene_let_go(&scene);
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
