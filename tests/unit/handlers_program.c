/*
 * The stubs of shim/system/interruption.h by themselves: handlers of every kind, two at once, and the
 * function before a handler. Without Check, so that the program can be built for i386 too
 * (tests/unit/handlers).
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim/system/interruption.h"

static volatile sig_atomic_t handled, announced, wrong;

static void check(bool right, const char *what, int number)
{
	if (right)
		return;
	(void)printf("%s, case %d\n", what, number);
	exit(EXIT_FAILURE);
}

static void before(void)
{
	if (announced++ < handled)
		wrong = 1;
}

static void with_one_argument(int number)
{
	wrong = wrong || (number != SIGUSR1 && number != SIGUSR2);
	handled++;
}

static void with_three_arguments(int number, siginfo_t *information, void *context)
{
	wrong = wrong || information->si_signo != number || context == NULL;
	handled++;
}

static void install(int number, int flags, int masked)
{
	struct sigaction action = {.sa_handler = with_one_argument, .sa_flags = flags};
	interruption_handler *own;

	if ((flags & SA_SIGINFO) != 0)
		action.sa_sigaction = with_three_arguments;
	own = action.sa_sigaction;
	action.sa_sigaction = interruption_stub(number, own, flags);
	check(action.sa_sigaction != NULL, "no stub", flags);
	check(interruption_behind(action.sa_sigaction) == own, "another handler", flags);
	check(interruption_stub(number, own, flags) == action.sa_sigaction, "a second stub",
	      flags);
	if (masked != 0)
		(void)sigaddset(&action.sa_mask, masked);
	check(sigaction(number, &action, NULL) == 0, "sigaction", flags);
}

/* SIGUSR1 alone, or SIGUSR1 and SIGUSR2 at once, of which the kernel enters the former first. */
static void deliver(bool both, int number)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGUSR1);
	(void)sigaddset(&signals, SIGUSR2);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	interruption_begin();
	check(interruption_seen() == INTERRUPTION_NONE, "not begun", number);
	(void)raise(SIGUSR1);
	if (both)
		(void)raise(SIGUSR2);
	(void)sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

/* The bits of number: which flags the two handlers have, whether the first masks the second, and
 * whether both arrive. */
static void run_case(int number)
{
	const int restarts = (number & 1) != 0 ? SA_RESTART : 0;
	const int first = (number & 2) != 0 ? SA_SIGINFO : 0;
	const int second = (number & 4) != 0 ? SA_SIGINFO : 0;
	const bool both = (number & 16) != 0;

	handled = announced = 0;
	install(SIGUSR1, restarts | first, (number & 8) != 0 ? SIGUSR2 : 0);
	install(SIGUSR2, (restarts ^ SA_RESTART) | second, 0);
	deliver(both, number);
	check(handled == (both ? 2 : 1) && announced == handled, "handled", number);
	check(wrong == 0, "arguments", number);
	check(interruption_seen() == (restarts != 0 ? INTERRUPTION_RESTART : INTERRUPTION_FAIL),
	      "the wrong handler decides", number);
}

int main(void)
{
	atomic_store(&interruption_before_handler, before);
	for (int number = 0; number < 32; number++)
		run_case(number);
	check(interruption_stub(SIGSEGV, with_three_arguments, 0) == NULL, "a fault", 0);
	return EXIT_SUCCESS;
}
