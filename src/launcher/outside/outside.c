/*
 * The supervision: which processes, and when. Owns the state.
 */
#include "launcher/outside/outside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "launcher/allocate.h"
#include "launcher/outside/due.h"
#include "launcher/outside/look.h"
#include "launcher/outside/pending.h"
#include "launcher/outside/permission.h"
#include "launcher/outside/tell.h"
#include "launcher/outside/report.h"
#include "launcher/status.h"

/* Looks are so many to the shortest timeout. */
#define LOOKS_PER_TIMEOUT 8
/* … where nothing is bounded, for rules may come. */
#define IDLE_INTERVAL (2 * NANOSECONDS_PER_SECOND)
/* Two looks are at least so far apart. */
#define LEAST_INTERVAL (3 * NANOSECONDS_PER_MILLISECOND)
/* … and so many times the CPU time that the last one has taken: less than 2 % of a core. */
#define COST_FACTOR 60

enum scope { CHILDREN, ADDED, ALL };

static struct state state;
static enum scope scope;
static int64_t next;

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int state_pidfd(struct state_process *process)
{
	struct proc_stat stat;

	if (process->pidfd >= 0)
		return process->pidfd;
	process->pidfd = open_pidfd(process->pid);
	/* Another process may have got the number: the one that is there now cannot change. */
	if (process->pidfd >= 0 &&
	    (proc_stat(process->pid, &stat) != 0 || stat.started != process->started)) {
		close(process->pidfd);
		process->pidfd = -1;
	}
	return process->pidfd;
}

void state_close_pidfd(struct state_process *process)
{
	if (process->pidfd >= 0)
		close(process->pidfd);
	process->pidfd = -1;
}

int state_duplicate(struct state *of, pid_t pid, uint64_t started, int fd, ino_t inode,
		    struct state_process **process)
{
	*process = known_find(&of->processes, (uint64_t)pid);
	if (*process == NULL || (*process)->started != started)
		return -ESRCH;
	if (state_pidfd(*process) < 0)
		return -ESRCH;
	return facts_duplicate((*process)->pidfd, fd, inode);
}

/* The entry of the process, which is looked at in this look for the first time; NULL: it is not to be
 * looked at, or was already. */
static struct state_process *enter(pid_t pid, struct proc_stat *stat)
{
	struct state_process *process = known_find(&state.processes, (uint64_t)pid);
	bool fresh;

	if (pid == getpid() || (process != NULL && process->known.look == state.look) ||
	    proc_stat(pid, stat) != 0 || stat->kernel || stat->state == 'Z' ||
	    stat->state == 'X')
		return NULL;
	process = known_get(&state.processes, (uint64_t)pid, state.look, &fresh);
	if (fresh) {
		process->pid = pid;
		process->pidfd = -1;
	}
	if (fresh || process->started != stat->started || process->image != stat->image) {
		if (!fresh)
			pending_forget_rules(&state, pid);
		tell_inspect(process, stat);
	}
	process->threads = stat->threads;
	return process;
}

/* Pids that are to be visited. */
struct list {
	pid_t *pids;
	size_t count, capacity;
};

static struct list queue;

static void append(pid_t pid, void *context)
{
	struct list *const list = context;

	if (list->count == list->capacity) {
		list->capacity = list->capacity * 2 + 16;
		list->pids = allocate_array(list->pids, list->capacity, sizeof *list->pids);
	}
	list->pids[list->count++] = pid;
}

static void visit_thread(pid_t thread, void *context)
{
	struct state_process *const process = context;

	if (!process->exempt)
		look_thread(&state, process, thread);
	if (scope != ALL)
		proc_each_child(process->pid, thread, append, &queue);
}

static void visit_process(pid_t pid)
{
	struct proc_stat stat;
	struct state_process *const process = enter(pid, &stat);

	if (process == NULL)
		return;
	/* While it is stopped it waits for nothing. */
	if (stat.state == 'T' || stat.state == 't')
		process->floor = clock_now();
	process->budget = SETS_LIMIT;
	proc_each_thread(pid, stat.threads, visit_thread, process);
	if (!process->exempt)
		look_epolls(&state, process);
	state_close_pidfd(process);
}

/* Visit the processes of the queue, and what they lead to: a list, for a chain of processes may be longer
 * than a stack is deep. */
static void visit_queue(void)
{
	while (queue.count > 0)
		visit_process(queue.pids[--queue.count]);
}

/* Who is known stays known, whoever is the parent now. */
static void append_unseen(void *entry, void *context)
{
	const struct state_process *const process = entry;
	struct proc_stat stat;

	if (process->known.look != state.look && proc_stat(process->pid, &stat) == 0 &&
	    stat.started == process->started)
		append(process->pid, context);
}

static void visit_all(void)
{
	if (scope == ALL)
		proc_each_process(append, &queue);
	else if (scope == CHILDREN)
		proc_each_child(getpid(), getpid(), append, &queue);
	visit_queue();
	known_each(&state.processes, append_unseen, &queue);
	visit_queue();
}

static void leave_process(void *entry, void *context)
{
	struct state_process *const process = entry;

	(void)context;
	state_close_pidfd(process);
	limits_release(process->program);
	free(process->path);
	free(process->invoked);
}

/* The policies that entries point to are gone. */
static void inspect_anew(void *entry, void *context)
{
	struct state_process *const process = entry;

	(void)context;
	process->program = limits_program(process->path, process->invoked);
}

static void reload(bool always)
{
	if (!limits_reload(always))
		return;
	pending_forget_rules(&state, 0);
	known_each(&state.processes, inspect_anew, NULL);
}

static int64_t cpu_time(void)
{
	struct timespec time = {0, 0};

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * NANOSECONDS_PER_SECOND + time.tv_nsec;
}

/* When to look next, after a look that has cost so much. */
static void plan(int64_t cost)
{
	const int64_t shortest = limits_shortest();
	const int64_t now = clock_now();
	int64_t least = COST_FACTOR * cost;

	if (least < LEAST_INTERVAL)
		least = LEAST_INTERVAL;
	next = now + (shortest > 0 ? shortest / LOOKS_PER_TIMEOUT : IDLE_INTERVAL);
	if (state.earliest < next)
		next = state.earliest;
	if (next < now + least)
		next = now + least;
}

void outside_look(void)
{
	const int64_t before = cpu_time();

	reload(false);
	state.look++;
	state.previous = state.begun;
	state.begun = clock_now();
	state.earliest = INT64_MAX;
	if (limits_shortest() > 0 || scope == ADDED)
		visit_all();
	due_act(&state);
	pending_settle(&state, false);
	known_drop(&state.threads, state.look, NULL, NULL);
	known_drop(&state.sockets, state.look, NULL, NULL);
	known_drop(&state.processes, state.look, leave_process, NULL);
	plan(cpu_time() - before);
}

/* Whether a call can be ended. Dies where nothing can be bounded. */
static bool ask_permission(void)
{
	const int duplicate = permission_duplicate(), trace = permission_trace();
	const char *const yama = permission_yama("/proc");

	if (duplicate != 0)
		die(STATUS_REFUSED,
		    "nothing can be bounded from outside here: pidfd_getfd(2): %s%s%s",
		    strerror(-duplicate), yama == NULL ? "" : "; ", yama == NULL ? "" : yama);
	if (trace != 0 && report_is_on_stderr())
		fprintf(stderr,
			"socktimeout: ptrace(2) is not permitted here (%s): from outside, TCP "
			"alone is bounded\n",
			strerror(-trace));
	return trace == 0;
}

void outside_begin(const char *spec)
{
	limits_begin(spec);
	report_begin();
	state = (struct state){
		.processes = {.entry_size = sizeof(struct state_process)},
		.threads = {.entry_size = sizeof(struct state_thread)},
		.sockets = {.entry_size = sizeof(struct state_socket)},
		.floor = clock_now(),
		.begun = clock_now(),
		.may_inject = ask_permission(),
	};
	next = state.floor + 20 * NANOSECONDS_PER_MILLISECOND;
}

int outside_add(pid_t pid, bool *exempt)
{
	struct state_process *process;
	struct proc_stat stat;
	char text[256];

	scope = ADDED;
	state.begun = 0; /* its sockets may be old */
	*exempt = false;
	if (proc_read(text, sizeof text, "/proc/%d/stat", (int)pid) < 0)
		return -ESRCH;
	if (proc_read(text, sizeof text, "/proc/%d/syscall", (int)pid) < 0)
		return -EPERM;
	/* It may be named twice. */
	process = known_find(&state.processes, (uint64_t)pid);
	if (process == NULL)
		process = enter(pid, &stat);
	if (process == NULL)
		return -ESRCH;
	*exempt = process->exempt;
	return 0;
}

void outside_add_all(void)
{
	scope = ALL;
	state.begun = 0;
}

bool outside_has_limits(void)
{
	return limits_shortest() > 0;
}

int64_t outside_next(void)
{
	return next;
}

size_t outside_count(void)
{
	return state.processes.count;
}

void outside_resumed(void)
{
	state.floor = clock_now();
}

bool outside_has_failed(void)
{
	return state.failed;
}

void outside_reload(void)
{
	reload(true);
}

void outside_end(void)
{
	pending_settle(&state, true);
	sets_free(&state.sets);
	free(queue.pids);
}
