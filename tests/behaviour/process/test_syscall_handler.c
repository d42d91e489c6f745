/*
 * syscall(2) in a signal handler, and after a handler that left a syscall(2) by siglongjmp: bounded as in
 * any other place.
 */
#include "config.h"

#include "harness/harness.h"

#include <setjmp.h>
#include <sys/wait.h>

static int silent[2], other[2];
static volatile sig_atomic_t handled;
static sigjmp_buf home;

static long receive(int fd)
{
	char byte;

	return syscall(SYS_recvfrom, fd, &byte, sizeof byte, 0, NULL, NULL);
}

/* A receive that would wait; with a byte where no timeout is to end the receive. */
static void ck_receive(void)
{
	const double started = now_ms();

	if (mode() == MODE_SHORT) {
		ck_timed_out(receive(other[0]), started);
	} else {
		ck_assert_int_eq(send(other[1], "x", 1, 0), 1);
		ck_assert_int_eq(receive(other[0]), 1);
	}
}

static void receive_in_handler(int number)
{
	const int error = errno;

	(void)number;
	ck_receive();
	handled++;
	errno = error;
}

static void jump(int number)
{
	(void)number;
	handled++;
	siglongjmp(home, 1);
}

static void prepare(void (*handler)(int number))
{
	const struct sigaction action = {.sa_handler = handler};

	stream_pair(AF_INET, silent);
	stream_pair(AF_INET, other);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
}

/* Send SIGUSR1 to this process, which has one thread, once the process waits. */
static pid_t interrupter(void)
{
	const pid_t waiting = getpid(), child = fork();

	if (child == 0) {
		wait_until_waiting(waiting);
		_exit(kill(waiting, SIGUSR1) == 0 ? 0 : 1);
	}
	ck_assert_int_gt(child, 0);
	return child;
}

/* The handler interrupts nothing. */
BEHAVIOUR_TEST(in_handler, ALL)
{
	prepare(receive_in_handler);
	ck_assert_int_eq(syscall(SYS_tgkill, getpid(), thread_id(), SIGUSR1), 0);
	ck_assert_int_eq(handled, 1);
}

/* The handler interrupts a syscall(2). */
BEHAVIOUR_TEST(in_handler_of_call, ALL)
{
	pid_t child;

	prepare(receive_in_handler);
	child = interrupter();
	while (handled == 0)
		ck_assert(receive(silent[0]) == -1 && (errno == EINTR || errno == ETIMEDOUT));
	ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
	ck_receive();
}

/* Deeper in the stack than the call that the handler has left. */
__attribute__((noinline)) static void receive_deeper(void)
{
	char below[20000];

	memset(below, 0, sizeof below);
	__asm__ volatile("" : : "r"(below) : "memory");
	ck_receive();
}

BEHAVIOUR_TEST(after_jump, ALL)
{
	int state;
	pid_t child;

	prepare(jump);
	child = interrupter();
	while (sigsetjmp(home, 1) == 0)
		(void)receive(silent[0]);
	ck_assert_int_eq(waitpid(child, &(int){0}, 0), child);
	ck_assert_int_eq(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state), 0);
	ck_assert_int_eq(state, PTHREAD_CANCEL_ENABLE);
	receive_deeper();
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "syscall in handlers");
}
