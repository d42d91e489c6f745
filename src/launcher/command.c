/*
 * Tests whether the library reaches COMMAND, and executes COMMAND. Cold; owns no state.
 */
#include "launcher/command.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "launcher/program.h"
#include "launcher/reach.h"
#include "launcher/status.h"

void command_refuse_unreachable(const char *command)
{
	struct program program;
	struct reach reach;
	const char *file;

	program_find(command, &program);
	if (program.error == 0) {
		file = program.files[program.count - 1].path;
		reach_judge(file, getenv("LD_PRELOAD"), true, &reach);
		if (reach.extent == REACH_NOTHING || reach.extent == REACH_PART)
			die(STATUS_REFUSED, "%s%s%s %s; %s, or --force to run it unbounded",
			    program.count > 1 ? program.files[0].path : "",
			    program.count > 1 ? ": its interpreter " : "", file, reach.reason,
			    reach.instead);
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
