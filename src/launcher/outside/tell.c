/*
 * Records and counters of waits that were ended, and the names of processes. Owns no state.
 */
#include "launcher/outside/tell.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/allocate.h"
#include "launcher/program/image.h"
#include "launcher/library.h"
#include "launcher/outside/report.h"

void tell_take(int duplicate, const struct facts *facts, struct state_names *names)
{
	names->family = facts->family;
	names->type = facts->type;
	names->protocol = facts->protocol;
	facts_name(duplicate, &names->local, &names->peer);
}

static const char *base_of(const char *path)
{
	const char *const slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

void tell_timeout(struct state *state, const struct state_process *process, pid_t thread,
		  enum call call, int fd, const struct state_names *names,
		  const struct judge_verdict *verdict, const char *by)
{
	struct record record = RECORD_INITIAL;
	char place[PATH_MAX + 32];
	struct text text;

	state->failed = true;
	record.event = RECORD_TIMEOUT;
	record.program = process->invoked != NULL ? base_of(process->invoked) : process->name;
	record.process = process->pid;
	record.thread = thread;
	record.call = call;
	record.operation = verdict->operation;
	record.fd = fd;
	record.socket = true;
	record.family = names->family;
	record.type = names->type;
	record.protocol = names->protocol;
	record.local = names->local;
	record.peer = names->peer;
	record.elapsed =
		verdict->elapsed > verdict->timeout ? verdict->elapsed : verdict->timeout;
	record.timeout = verdict->timeout;
	record.by = by;
	if (verdict->rule != NULL) {
		text_begin(&text, place, sizeof place);
		limits_put_rule(&text, process->program, verdict->rule);
		record.rule = place;
	}
	report_log(&record);
	report_count(process->path != NULL ? process->path : process->name, verdict->operation,
		     record.elapsed);
}

/* Whether the program was made by Go. */
static bool is_go(pid_t pid)
{
	char path[64];
	struct image image;
	bool go;

	(void)snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	if (image_read(path, &image) != 0)
		return false;
	go = image.go;
	image_free(&image);
	return go;
}

bool tell_has_library(const struct state_process *process)
{
	return proc_maps(process->pid, LIBRARY_FILE) && !is_go(process->pid);
}

/* The kernel says so behind the name of an executable that was removed. */
static void cut_deleted(char *path)
{
	static const char deleted[] = " (deleted)";
	const size_t length = strlen(path), cut = sizeof deleted - 1;

	if (length > cut && strcmp(path + length - cut, deleted) == 0)
		path[length - cut] = '\0';
}

void tell_inspect(struct state_process *process, const struct proc_stat *stat)
{
	char path[PATH_MAX];

	free(process->path);
	free(process->invoked);
	process->path = process->invoked = NULL;
	process->started = stat->started;
	process->image = stat->image;
	memcpy(process->name, stat->name, sizeof process->name);
	process->narrow = proc_is_32_bit(process->pid);
	process->exempt = tell_has_library(process);
	process->epoll_count = 0;
	process->refused_until = 0;
	if (proc_link(process->pid, "exe", path, sizeof path) == 0) {
		cut_deleted(path);
		process->path = allocate_text("%s", path);
	}
	if (proc_invoked(process->pid, process->narrow, path, sizeof path) == 0)
		process->invoked = allocate_text("%s", path);
	limits_release(process->program);
	process->program = limits_program(process->path, process->invoked);
}
