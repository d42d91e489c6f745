/*
 * COMMAND: whether it can be bounded, and its execution. Cold.
 */
#ifndef LAUNCHER_COMMAND_H
#define LAUNCHER_COMMAND_H

#include <stdbool.h>

/* How COMMAND is bounded. */
enum command_outside {
	COMMAND_OUTSIDE_AUTO,  /* from outside where the library does not get into it */
	COMMAND_OUTSIDE_NEVER, /* by the library; what it does not get into is refused */
	COMMAND_OUTSIDE_ALWAYS /* by both */
};

/* Take --outside's value, or die (125). */
enum command_outside command_parse_outside(const char *value);

/*
 * Whether COMMAND is to be bounded from outside. Where the library gets into COMMAND with the
 * environment as it is, only if always is asked for. Where it does not: dies (125) and says why if
 * never is asked for, or if COMMAND is executed with privileges that make it unreachable from
 * outside as well; else takes the library out of LD_PRELOAD (inherited: what that was) where it
 * would do harm, and says with --log=stderr how COMMAND is bounded. What is not found or cannot be
 * executed is left to command_execute to say.
 */
bool command_is_for_outside(const char *command, enum command_outside outside,
			    const char *inherited);

/* execvp(3); or die with 127 where there is no such file, and else with 126. */
_Noreturn void command_execute(char *const command[]);

#endif
