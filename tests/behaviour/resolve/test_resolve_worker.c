/*
 * A lookup is made in a thread that the program does not know: the program's handlers do not run there, and
 * the lookup has the locale of the program's thread.
 */
#include "config.h"

#include "resolve/nameserver.h"

#include <dirent.h>
#include <dlfcn.h>
#include <locale.h>
#include <netdb.h>
#include <sys/syscall.h>

static volatile sig_atomic_t handled;

static void handle(int number)
{
	(void)number;
	handled++;
}

/* The thread of this process that is none of these two; 0: there is none. */
static pid_t other_thread(pid_t one, pid_t two)
{
	DIR *const threads = opendir("/proc/self/task");
	const struct dirent *entry;
	pid_t found = 0;

	ck_assert_ptr_nonnull(threads);
	while ((entry = readdir(threads)) != NULL) {
		const pid_t id = atoi(entry->d_name);

		if (id != 0 && id != one && id != two)
			found = id;
	}
	ck_assert_int_eq(closedir(threads), 0);
	return found;
}

static void *look_up(void *result)
{
	struct addrinfo *list = NULL;

	*(int *)result = getaddrinfo("later.test", NULL, NULL, &list);
	return NULL;
}

/* All signals are blocked in the worker: a handler does not run there, even where the signal is sent to the
 * worker itself. */
BEHAVIOUR_TEST(handlers, LONG | SHORT)
{
	const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
	const double end = now_ms() + LATE_MS;
	pthread_t thread;
	pid_t caller, worker;
	int result;

	resolv_conf(mode() == MODE_SHORT ? DEAD : ANSWERING);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	thread = background(&caller, look_up, &result);
	while ((worker = other_thread(thread_id(), caller)) == 0)
		ck_assert_double_lt(now_ms(), end);
	ck_assert_int_eq(syscall(SYS_tgkill, getpid(), worker, SIGUSR1), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(result, mode() == MODE_SHORT ? EAI_AGAIN : 0);
	ck_assert_int_eq(handled, 0);
}

/* The locale of the thread tells how a name is encoded (AI_IDN); the locale of the process is "C". */
BEHAVIOUR_TEST(locale, NATIVE | LONG)
{
	const struct addrinfo hints = {
		.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_IDN};
	const locale_t own = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
	struct addrinfo *list;

	/* libc needs this library for AI_IDN (getaddrinfo(3)). */
	need(dlopen("libidn2.so.0", RTLD_LAZY) != NULL);
	ck_assert(own != (locale_t)0);
	resolv_conf(ANSWERING);
	ck_assert_int_eq(getaddrinfo("b\xc3\xbc"
				     "cher.test",
				     NULL, &hints, &list),
			 EAI_IDN_ENCODE);
	uselocale(own);
	ck_assert_int_eq(getaddrinfo("b\xc3\xbc"
				     "cher.test",
				     NULL, &hints, &list),
			 EAI_NONAME);
}

int main(int argc, char **argv)
{
	return nameserver_main(argc, argv, "the thread of a lookup");
}
