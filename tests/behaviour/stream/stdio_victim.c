/*
 * A program with sockets as its standard streams (test_stream_standard.c), linked so that stdin and
 * its kind are copied into the program (a copy relocation): stdio_victim ACTION. The exit status is
 * what the action says.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* 1, 2 and 4 for stdin, stdout and stderr: the variable does not point to libc's own stream. */
static int exchanged(void)
{
	return (stdin != dlsym(RTLD_DEFAULT, "_IO_2_1_stdin_") ? 1 : 0) |
	       (stdout != dlsym(RTLD_DEFAULT, "_IO_2_1_stdout_") ? 2 : 0) |
	       (stderr != dlsym(RTLD_DEFAULT, "_IO_2_1_stderr_") ? 4 : 0);
}

/* The first end has a name: without a name no timeout would apply. */
static bool make_pair(int pair[2])
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
	       bind(pair[0], (const struct sockaddr *)&any, sizeof(sa_family_t)) == 0;
}

static int a_socket(void)
{
	int pair[2];

	return make_pair(pair) ? pair[0] : -1;
}

/* The errno of a failed call; 0 where the call did not fail. */
static int read_line(void)
{
	char line[100];

	return fgets(line, sizeof line, stdin) != NULL ? 0 : errno;
}

/* The streams are closed, and used after that. */
static int use_after_close(void)
{
	bool right = fclose(stdin) == 0 && getchar() == EOF && ferror(stdin) != 0;

	right = right && puts("x") >= 0 && fclose(stdout) == 0 && puts("y") == EOF;
	right = right && fclose(stderr) == 0 && fputs("z", stderr) == EOF;
	right = right && fclose(stdout) == EOF && fflush(NULL) == 0;
	return right && exchanged() == 0 ? 0 : 1;
}

/* As a daemon does. */
static int use_after_freopen(void)
{
	bool right = freopen("/dev/null", "r", stdin) == stdin && getchar() == EOF &&
		     feof(stdin) != 0;

	right = right && freopen("/dev/null", "w", stdout) == stdout && puts("x") >= 0 &&
		fflush(stdout) == 0;
	return right && fileno(stdin) == 0 && fileno(stdout) == 1 ? 0 : 1;
}

/* Standard error has no buffer, the others have one; the letters tell in which order they were sent.
 */
static int write_order(void)
{
	return fputs("o", stdout) >= 0 && fputs("e", stderr) >= 0 ? 0 : 1;
}

static int put_on_file(void)
{
	const int file = open("/dev/null", O_RDWR);

	return dup2(file, 0) == 0 && dup2(file, 1) == 1 && dup2(file, 2) == 2 ? exchanged()
									      : 99;
}

static int put_on_socket(void)
{
	const int fd = a_socket();

	return dup2(fd, 0) == 0 && dup2(fd, 1) == 1 && dup2(fd, 2) == 2 ? exchanged() : 99;
}

/* There and back, with the buffering that the program chooses. */
static int put_to_and_fro(void)
{
	const int fd = dup(0), file = open("/dev/null", O_RDWR);
	bool right = setvbuf(stdout, NULL, _IOLBF, 0) == 0;

	for (int round = 0; round < 3; round++)
		right = right && dup2(file, 1) == 1 && dup2(fd, 1) == 1;
	return right && puts("line") >= 0 ? exchanged() : 99;
}

/* What was written before must not be lost, nor sent to another file. */
static int put_after_use(void)
{
	if (puts("before") < 0 || dup2(a_socket(), 1) != 1)
		return 99;
	return exchanged();
}

/* The child of vfork has this process' memory. */
static int put_by_vfork(void)
{
	const int fd = a_socket();
	int status;
	const pid_t pid = vfork();

	if (pid == 0) {
		(void)dup2(fd, 0);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid ? exchanged() : 99;
}

static int found_in_handler;
static sigjmp_buf end_of_handler;

static void put_in_handler(int number)
{
	(void)number;
	found_in_handler = put_on_socket();
}

/* dup2 is async-signal-safe (POSIX), and to make a stream is not. */
static int put_by_handler(void)
{
	return signal(SIGUSR1, put_in_handler) != SIG_ERR && raise(SIGUSR1) == 0
		       ? found_in_handler
		       : 99;
}

static void return_from(int number)
{
	(void)number;
}

static void jump_from(int number)
{
	(void)number;
	siglongjmp(end_of_handler, 1);
}

static int put_after_handler(void)
{
	return signal(SIGUSR1, return_from) != SIG_ERR && raise(SIGUSR1) == 0 ? put_on_socket()
									      : 99;
}

static int put_after_jump(void)
{
	if (signal(SIGUSR1, jump_from) == SIG_ERR)
		return 99;
	if (sigsetjmp(end_of_handler, 1) == 0)
		(void)raise(SIGUSR1);
	return put_on_socket();
}

static void *sleep_on(void *unused)
{
	(void)pause();
	return unused;
}

static int put_with_threads(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, sleep_on, NULL) == 0 ? put_on_socket() : 99;
}

/* For memcheck: streams of all kinds, opened and closed again and again. */
static int open_and_close(void)
{
	static const char *const modes[] = {"r", "w", "a+", "r+"};

	for (int i = 0; i < 200; i++) {
		FILE *const stream = fdopen(a_socket(), modes[i % 4]);

		if (stream == NULL || (i % 3 == 0 && setvbuf(stream, NULL, _IONBF, 0) != 0) ||
		    (i % 4 != 0 && fputs("text", stream) < 0) || fclose(stream) != 0)
			return 1;
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} actions[] = {
	{"exchanged", exchanged},      {"read", read_line},
	{"close", use_after_close},    {"freopen", use_after_freopen},
	{"order", write_order},        {"file", put_on_file},
	{"socket", put_on_socket},     {"to-and-fro", put_to_and_fro},
	{"after-use", put_after_use},  {"vfork", put_by_vfork},
	{"threads", put_with_threads}, {"streams", open_and_close},
	{"handler", put_by_handler},   {"after-handler", put_after_handler},
	{"jump", put_after_jump},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof actions / sizeof *actions; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			return actions[i].run();
	return 98;
}
