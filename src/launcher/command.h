/*
 * COMMAND: whether the library reaches COMMAND, and the execution. Cold.
 */
#ifndef LAUNCHER_COMMAND_H
#define LAUNCHER_COMMAND_H

/* Die (125) with the reason where the library would not be loaded into COMMAND with the present
 * environment. Returns for a COMMAND that is missing or not executable: command_execute reports it. */
void command_refuse_unreachable(const char *command);

/* execvp(3). On failure die: with 127 for a missing file, else with 126. */
_Noreturn void command_execute(char *const command[]);

#endif
