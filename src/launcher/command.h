/*
 * COMMAND: whether the library reaches COMMAND, and the execution. Cold.
 */
#ifndef LAUNCHER_COMMAND_H
#define LAUNCHER_COMMAND_H

#include <stdbool.h>

/* How COMMAND is bounded. */
enum command_outside {
	COMMAND_OUTSIDE_AUTO,  /* from outside where the library is not loaded into COMMAND */
	COMMAND_OUTSIDE_NEVER, /* by the library; other commands are refused */
	COMMAND_OUTSIDE_ALWAYS /* by both */
};

/* The value of --outside. Dies (125) of a bad value. */
enum command_outside command_parse_outside(const char *value);

/*
 * Returns whether COMMAND is bounded from outside. Where the library is loaded into COMMAND with the
 * present environment: only with COMMAND_OUTSIDE_ALWAYS. Where the library is not loaded: dies (125)
 * with the reason for COMMAND_OUTSIDE_NEVER, or for a COMMAND with privileges that this process may not
 * trace; else restores LD_PRELOAD to inherited where the library would do harm, and writes with
 * --log=stderr how COMMAND is bounded. Returns false for a COMMAND that is missing or not executable:
 * command_execute reports it.
 */
bool command_is_for_outside(const char *command, enum command_outside outside,
			    const char *inherited);

/* Restores LD_PRELOAD to inherited where the library would do harm to COMMAND, for --force. */
void command_spare(const char *command, const char *inherited);

/* execvp(3). On failure die: with 127 for a missing file, else with 126. */
_Noreturn void command_execute(char *const command[]);

#endif
