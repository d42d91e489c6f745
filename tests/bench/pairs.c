/*
 * Pairs of processes, native and preloaded, that measure in turns: A B, B A, A B … A disturbance of the machine
 * that lasts longer than a batch disturbs both, so the ratio of neighbouring batches is kept. Two processes also
 * differ by chance (in the addresses of their pages and sockets). So the result is the median of many pairs.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <math.h>
#include <unistd.h>

#include "bench.h"

struct worker {
	pid_t process;
	int request;
	int response;
};

void bench_die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(2);
}

double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

void bench_pin(unsigned from_last)
{
	static cpu_set_t allowed;
	size_t cpu = CPU_SETSIZE, chosen = 0;
	cpu_set_t wanted;

	/* The kernel is asked once: after a restriction the kernel returns only one processor. */
	if (CPU_COUNT(&allowed) == 0 && sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		bench_die("sched_getaffinity");
	while (cpu-- > 0) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		chosen = cpu;
		if (from_last-- == 0)
			break;
	}
	CPU_ZERO(&wanted);
	CPU_SET(chosen, &wanted);
	if (sched_setaffinity(0, sizeof(wanted), &wanted) != 0)
		bench_die("sched_setaffinity");
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

double bench_quantile(double *values, size_t count, double share)
{
	double place = share * (double)(count - 1);
	size_t below = (size_t)place;
	size_t above = below + 1 < count ? below + 1 : below;

	qsort(values, count, sizeof(*values), compare_doubles);
	return values[below] + (values[above] - values[below]) * (place - (double)below);
}

/* The ranks come from the normal approximation of the binomial distribution. */
void bench_judge(struct bench_result *result, double *values, size_t count)
{
	double reach = 0.98 * sqrt((double)count);
	double middle = (double)(count - 1) / 2;
	size_t low = middle > reach ? (size_t)(middle - reach) : 0;

	result->judged = bench_quantile(values, count, 0.5);
	result->low = values[low];
	result->high = values[count - 1 - low];
}

static bool is_set(const char *entry, char *const *settings)
{
	const size_t length = strcspn(entry, "=") + 1;

	while (*settings != NULL && strncmp(*settings, entry, length) != 0)
		settings++;
	return *settings != NULL;
}

/* The environment of a worker: that of the caller, and with a library also LD_PRELOAD and the plan's settings. */
static char **preloading_environment(const struct bench_plan *plan, const char *library)
{
	static char timeout[] = "SOCKTIMEOUT=5s";
	static char preload[4096 + sizeof("LD_PRELOAD=")];
	static char *environment[4096];
	size_t count = 0;

	for (char **entry = environ; *entry != NULL && count < 4000; entry++)
		if (strncmp(*entry, "LD_PRELOAD=", 11) != 0 &&
		    strncmp(*entry, "SOCKTIMEOUT", 11) != 0 &&
		    (library == NULL || !is_set(*entry, plan->environment)))
			environment[count++] = *entry;
	if (library != NULL) {
		snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", library);
		environment[count++] = preload;
		if (!is_set(timeout, plan->environment))
			environment[count++] = timeout;
		for (char *const *setting = plan->environment; *setting != NULL; setting++)
			environment[count++] = *setting;
	}
	environment[count] = NULL;
	return environment;
}

static struct worker start_worker(const struct bench_plan *plan, const char *name,
				  const char *library)
{
	char *arguments[] = {(char *)(size_t)plan->program, (char[]){"--worker"},
			     (char *)(size_t)name, NULL};
	posix_spawn_file_actions_t actions;
	struct worker worker;
	int request[2], response[2], error;

	if (pipe2(request, O_CLOEXEC) != 0 || pipe2(response, O_CLOEXEC) != 0)
		bench_die("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, request[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, response[1], STDOUT_FILENO);
	error = posix_spawn(&worker.process, plan->program, &actions, NULL, arguments,
			    preloading_environment(plan, library));
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0) {
		errno = error;
		bench_die(plan->program);
	}
	close(request[0]);
	close(response[1]);
	worker.request = request[1];
	worker.response = response[0];
	return worker;
}

/* Exits if the preloaded worker did not load the library. */
static void check_loaded(const struct worker *worker, const char *library)
{
	char path[64], line[4096], real[4096];
	bool found = false;
	FILE *maps;

	if (realpath(library, real) == NULL)
		bench_die(library);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)worker->process);
	maps = fopen(path, "re");
	if (maps == NULL)
		bench_die(path);
	while (fgets(line, sizeof(line), maps) != NULL)
		found = found || strstr(line, real) != NULL;
	fclose(maps);
	if (!found) {
		errno = ENOEXEC;
		bench_die("the library was not loaded");
	}
}

static double ask_worker(const struct worker *worker)
{
	double result;

	if (write(worker->request, "", 1) != 1 ||
	    read(worker->response, &result, sizeof(result)) != sizeof(result)) {
		errno = EPIPE;
		bench_die("a worker ended early");
	}
	return result;
}

static void end_worker(const struct worker *worker)
{
	int status;

	close(worker->request);
	close(worker->response);
	if (waitpid(worker->process, &status, 0) < 0 || status != 0) {
		errno = ECHILD;
		bench_die("a worker failed");
	}
}

/* One pair of processes: medians into result->native, ->preloaded and ->judged. */
static struct bench_result measure_pair(const struct bench_plan *plan, const char *name)
{
	double native[256], preloaded[256], ratio[256];
	struct worker without = start_worker(plan, name, NULL);
	struct worker with = start_worker(plan, name, plan->library);
	struct bench_result result = {0};

	/* The first batch is slow, because the caches are cold. After this batch the worker has started. */
	ask_worker(&without);
	ask_worker(&with);
	if (plan->library != NULL)
		check_loaded(&with, plan->library);
	for (unsigned batch = 0; batch < plan->batches; batch++) {
		if (batch % 2 != 0)
			preloaded[batch] = ask_worker(&with);
		native[batch] = ask_worker(&without);
		if (batch % 2 == 0)
			preloaded[batch] = ask_worker(&with);
		ratio[batch] = preloaded[batch] / native[batch];
	}
	end_worker(&without);
	end_worker(&with);
	result.native = bench_quantile(native, plan->batches, 0.5);
	result.preloaded = bench_quantile(preloaded, plan->batches, 0.5);
	result.judged = bench_quantile(ratio, plan->batches, 0.5);
	return result;
}

struct bench_result bench_pairs(const struct bench_plan *plan, const struct bench_case *which)
{
	double native[256], preloaded[256], ratio[256];
	struct bench_result result;

	for (unsigned pair = 0; pair < plan->pairs; pair++) {
		result = measure_pair(plan, which->name);
		native[pair] = result.native;
		preloaded[pair] = result.preloaded;
		ratio[pair] = result.judged;
	}
	result.native = bench_quantile(native, plan->pairs, 0.5);
	result.preloaded = bench_quantile(preloaded, plan->pairs, 0.5);
	bench_judge(&result, ratio, plan->pairs);
	return result;
}

/* Milliseconds from starting true(1) until it has ended. */
static double start_true(const struct bench_plan *plan, const char *library)
{
	char *arguments[] = {(char[]){"true"}, NULL};
	char **environment = preloading_environment(plan, library);
	double start = bench_now();
	pid_t process;
	int status, error;

	error = posix_spawnp(&process, "true", NULL, NULL, arguments, environment);
	if (error != 0 || waitpid(process, &status, 0) < 0 || status != 0)
		bench_die("true");
	return (bench_now() - start) / 1e6;
}

struct bench_result bench_load(const struct bench_plan *plan)
{
	enum { SMALLEST_OF = 4 };
	double *native = calloc(plan->loads, sizeof(*native));
	double *preloaded = calloc(plan->loads, sizeof(*preloaded));
	double *added = calloc(plan->loads, sizeof(*added));
	struct bench_result result;

	if (native == NULL || preloaded == NULL || added == NULL)
		bench_die("calloc");
	bench_pin(0);
	for (unsigned pair = 0; pair < plan->loads; pair++) {
		native[pair] = preloaded[pair] = INFINITY;
		for (int turn = 0; turn < SMALLEST_OF; turn++) {
			native[pair] = fmin(native[pair], start_true(plan, NULL));
			preloaded[pair] =
				fmin(preloaded[pair], start_true(plan, plan->library));
		}
		added[pair] = preloaded[pair] - native[pair];
	}
	result.native = bench_quantile(native, plan->loads, 0.5);
	result.preloaded = bench_quantile(preloaded, plan->loads, 0.5);
	bench_judge(&result, added, plan->loads);
	free(native);
	free(preloaded);
	free(added);
	return result;
}
