/*
 * Tests whether the library reaches COMMAND, and executes COMMAND. Cold; owns no state.
 */
#include "launcher/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/library.h"
#include "launcher/program/privileges.h"
#include "launcher/program/program.h"
#include "launcher/program/reach.h"
#include "launcher/status.h"

enum command_outside command_parse_outside(const char *value)
{
	if (strcmp(value, "auto") == 0)
		return COMMAND_OUTSIDE_AUTO;
	if (strcmp(value, "never") == 0)
		return COMMAND_OUTSIDE_NEVER;
	if (strcmp(value, "always") == 0)
		return COMMAND_OUTSIDE_ALWAYS;
	die(STATUS_REFUSED, "--outside=%s: expected auto, never or always", value);
}

static bool is_unreachable(const struct reach *reach)
{
	return reach->extent == REACH_NOTHING || reach->extent == REACH_PART;
}

/* Die of a program that cannot be bounded. */
static _Noreturn void refuse(const struct program *program, const struct reach *reach)
{
	die(STATUS_REFUSED, "%s%s%s %s; %s, or --force to run it unbounded",
	    program->count > 1 ? program->files[0].path : "",
	    program->count > 1 ? ": its interpreter " : "",
	    program->files[program->count - 1].path, reach->reason, reach->instead);
}

/* Say how the program is bounded, where the log is read anyway. */
static void announce(const char *file, const struct reach *reach)
{
	const char *const log = getenv("SOCKTIMEOUT_LOG");

	if (log != NULL && strcmp(log, "stderr") == 0)
		fprintf(stderr, "socktimeout: %s %s: bounded from outside\n", file,
			reach->reason);
}

static void set_preload(const char *value)
{
	if (value == NULL)
		(void)unsetenv("LD_PRELOAD");
	else if (setenv("LD_PRELOAD", value, 1) != 0)
		die(STATUS_REFUSED, "LD_PRELOAD: %m");
}

/* Preload the library of another C library before the entries of inherited. */
static void preload_instead(const char *library, const char *inherited)
{
	char *const preload = library_prepend(library, library, inherited);

	set_preload(preload);
	free(preload);
}

bool command_is_for_outside(const char *command, enum command_outside outside,
			    const char *inherited)
{
	bool wanted = outside == COMMAND_OUTSIDE_ALWAYS;
	struct program program;
	struct reach reach;

	program_find(command, &program);
	if (program.error == 0) {
		const char *const file = program.files[program.count - 1].path;

		reach_judge(file, getenv("LD_PRELOAD"), true, &reach);
		if (is_unreachable(&reach)) {
			if (outside == COMMAND_OUTSIDE_NEVER ||
			    (reach.privileged && !privileges_may_trace()))
				refuse(&program, &reach);
			if (reach.harmed)
				set_preload(inherited);
			announce(file, &reach);
			wanted = true;
		} else if (reach.library != NULL) {
			preload_instead(reach.library, inherited);
		}
		reach_free(&reach);
	}
	program_free(&program);
	return wanted;
}

void command_spare(const char *command, const char *inherited)
{
	struct program program;
	struct reach reach;

	program_find(command, &program);
	if (program.error == 0) {
		reach_judge(program.files[program.count - 1].path, getenv("LD_PRELOAD"), true,
			    &reach);
		if (is_unreachable(&reach) && reach.harmed)
			set_preload(inherited);
		else if (reach.library != NULL)
			preload_instead(reach.library, inherited);
		reach_free(&reach);
	}
	program_free(&program);
}

void command_execute(char *const command[])
{
	int status;

	execvp(command[0], command);
	status = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	die(status, "%s: %m", command[0]);
}
