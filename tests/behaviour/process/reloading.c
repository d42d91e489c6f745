/*
 * The policy replaced under load, under ThreadSanitizer (tests/behaviour/process/race): eight threads ask and
 * wait by rules while the file is replaced a thousand times. So that this does not take a thousand
 * seconds, the clock by which the file is looked after is the test's (ld --wrap). Exits with 0 where
 * every call had a timeout of one of the files whole, the last one came into force each time, and the
 * memory for them is bounded.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/duration.h"
#include "shim/config/rules.h"
#include "shim/start.h"

#define THREADS 8
#define RELOADS 1000
/* Rules in the file that nobody meets, so that it takes a while. */
#define OTHERS 200
/* At most one for each slot, and what ThreadSanitizer needs. */
#define MAPPINGS 40

static _Atomic int64_t seconds = 1;
static atomic_bool over;
static atomic_int wrong;
static char directory[] = "/tmp/socktimeout-test-XXXXXX";
static char path[100], new_path[100];

int64_t __wrap_clock_coarse(void);

int64_t __wrap_clock_coarse(void)
{
	return atomic_load(&seconds) * NANOSECONDS_PER_SECOND;
}

static void must(int condition, int line)
{
	if (!condition && atomic_exchange(&wrong, line) == 0)
		(void)fprintf(stderr, "reloading: line %d: %s\n", line, strerror(errno));
}

/* The number-th file: timeouts of 10,000 + number microseconds, and for send that many again. */
static void write_rules(int number)
{
	FILE *const file = fopen(new_path, "w");

	must(file != NULL, __LINE__);
	if (file == NULL)
		return;
	for (int i = 0; i < OTHERS; i++)
		(void)fprintf(file, "op=recv,family=AF_INET6,port=%d timeout=1s\n", i + 1);
	(void)fprintf(file, "op=recv timeout=%dus\nop=send timeout=%dus\n", 10000 + number,
		      20000 + number);
	must(fclose(file) == 0 && rename(new_path, path) == 0, __LINE__);
}

static int64_t ask(int fd, enum operation operation)
{
	struct rules_subject subject = {.fd = fd};

	return rules_timeout(&subject, operation, POLICY_COUNTED).timeout /
	       NANOSECONDS_PER_MICROSECOND;
}

/* The first end has a name: without a name no timeout would apply. */
static bool make_pair(int pair[2])
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
	       bind(pair[0], (const struct sockaddr *)&any, sizeof(sa_family_t)) == 0;
}

static void *work(void *argument)
{
	int pair[2];
	char byte;

	(void)argument;
	must(make_pair(pair), __LINE__);
	while (!atomic_load(&over)) {
		for (int i = 0; i < 20; i++) {
			const int64_t receive = ask(pair[0], OPERATION_RECV);
			const int64_t send = ask(pair[0], OPERATION_SEND);

			must(receive >= 10000 && receive <= 10000 + RELOADS, __LINE__);
			must(send >= 20000 && send <= 20000 + RELOADS, __LINE__);
		}
		must(recv(pair[0], &byte, 1, 0) == -1 && errno == ETIMEDOUT, __LINE__);
	}
	return NULL;
}

/* The mappings of this process. */
static long mappings(void)
{
	FILE *const file = fopen("/proc/self/maps", "r");
	char line[300];
	long count = 0;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		count++;
	if (file != NULL)
		(void)fclose(file);
	return count;
}

/* The number-th file is in force before long. */
static void reload(int number, int fd)
{
	const time_t begun = time(NULL);

	write_rules(number);
	atomic_fetch_add(&seconds, 2);
	while (ask(fd, OPERATION_RECV) != 10000 + number && time(NULL) - begun < 20)
		atomic_fetch_add(&seconds, 2);
	must(ask(fd, OPERATION_RECV) == 10000 + number, __LINE__);
}

/* A fork in the midst: the child asks, and reads a file again, by itself. */
static void fork_and_reload(int number, int fd)
{
	const pid_t child = fork();
	int status = 1;

	if (child == 0) {
		reload(number, fd);
		_exit(atomic_load(&wrong) == 0 ? 0 : 1);
	}
	must(waitpid(child, &status, 0) == child && status == 0, __LINE__);
}

int main(void)
{
	pthread_t threads[THREADS];
	long before;
	int pair[2];

	must(mkdtemp(directory) != NULL, __LINE__);
	(void)snprintf(path, sizeof path, "%s/rules", directory);
	(void)snprintf(new_path, sizeof new_path, "%s/new", directory);
	write_rules(0);
	must(setenv("SOCKTIMEOUT_CONFIG", path, 1) == 0, __LINE__);
	start_once();
	must(make_pair(pair), __LINE__);
	must(ask(pair[0], OPERATION_RECV) == 10000, __LINE__);
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, work, NULL) == 0, __LINE__);
	for (int i = 1; i <= 10; i++)
		reload(i, pair[0]);
	before = mappings();
	for (int i = 11; i <= RELOADS && atomic_load(&wrong) == 0; i++) {
		reload(i, pair[0]);
		if (i % 100 == 0)
			fork_and_reload(i - 1, pair[0]);
	}
	must(mappings() <= before + MAPPINGS, __LINE__);
	atomic_store(&over, true);
	for (int i = 0; i < THREADS; i++)
		must(pthread_join(threads[i], NULL) == 0, __LINE__);
	(void)unlink(path);
	(void)rmdir(directory);
	return atomic_load(&wrong) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
