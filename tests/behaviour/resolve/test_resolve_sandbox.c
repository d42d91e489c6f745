/*
 * Lookups in a process that cannot make threads: they are native, and succeed.
 */
#include "config.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <resolv.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "resolve/nameserver.h"

#define DENY(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

/* Install a filter under which clone3(2) fails with ENOSYS, and clone(2) of a thread with error. */
static bool forbid_threads(unsigned int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		DENY(ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
		DENY(error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static void *nothing(void *argument)
{
	return argument;
}

/* Runs in a new program. The library does not see the filter, which was there at exec. Returns 0 if no
 * thread can be made and each lookup succeeds. */
static int look_up(void)
{
	static unsigned char answer[512];
	struct hostent entry, *result = NULL;
	const struct addrinfo hints = {.ai_family = AF_INET};
	struct addrinfo *list = NULL;
	char buffer[1000], host[100];
	struct sockaddr_in address = {.sin_family = AF_INET};
	int host_error;
	pthread_t thread;

	if (pthread_create(&thread, NULL, nothing, NULL) == 0)
		return 1;
	if (getaddrinfo("answer.test", "80", &hints, &list) != 0)
		return 2;
	memcpy(&address, list->ai_addr, sizeof address);
	freeaddrinfo(list);
	if (getnameinfo((struct sockaddr *)&address, sizeof address, host, sizeof host, NULL, 0,
			NI_NAMEREQD) != 0 ||
	    strcmp(host, "answer.test") != 0)
		return 3;
	if (gethostbyname("answer.test") == NULL)
		return 4;
	if (gethostbyname_r("answer.test", &entry, buffer, sizeof buffer, &result,
			    &host_error) != 0 ||
	    result != &entry)
		return 5;
	return res_query("answer.test", ns_c_in, ns_t_a, answer, sizeof answer) > 0 ? 0 : 6;
}

static const unsigned int errors[] = {EPERM, EAGAIN, ENOSYS};

BEHAVIOUR_LOOP(no_threads, ALL, COUNT(errors))
{
	const pid_t child = fork();
	int status;

	if (child == 0) {
		if (forbid_threads(errors[_i]))
			(void)execl("/proc/self/exe", "lookup", "look up", NULL);
		_exit(20);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "look up") == 0)
		return look_up();
	return nameserver_main(argc, argv, "lookups without threads");
}
