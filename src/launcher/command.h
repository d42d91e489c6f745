/*
 * COMMAND: whether it can be bounded, and its execution. Cold.
 */
#ifndef LAUNCHER_COMMAND_H
#define LAUNCHER_COMMAND_H

/* Die (125) and say why where the library would not get into COMMAND with the environment as it
 * is. What is not found or cannot be executed is left to command_execute to say. */
void command_refuse_unreachable(const char *command);

/* execvp(3); or die with 127 where there is no such file, and else with 126. */
_Noreturn void command_execute(char *const command[]);

#endif
