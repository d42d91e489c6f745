/*
 * Finds the file that the kernel executes for a command: searches PATH, and follows the interpreters of
 * scripts, and env(1). Reads files, executes nothing. Cold; allocates.
 */
#ifndef LAUNCHER_PROGRAM_PROGRAM_H
#define LAUNCHER_PROGRAM_PROGRAM_H

#include <stddef.h>

/* How a file came to be executed. */
enum program_way {
	PROGRAM_COMMAND, /* the file is the command */
	PROGRAM_SCRIPT,  /* the #! line of the file before names the file */
	PROGRAM_ENV,     /* the file before is env(1), and its argument names the file */
	PROGRAM_SHELL /* the file before is no program: execvp(3) runs a shell on that file */
};

struct program_file {
	char *path;
	enum program_way way;
};

#define PROGRAM_FILES 16

struct program {
	struct program_file files[PROGRAM_FILES];
	size_t count; /* at least 1 where error is 0; the kernel executes the last file */
	int error;    /* 0, or the errno with which execvp(3) would fail at the last file */
};

/* Follow command (argv[0] as for execvp(3)). A file that cannot be read counts as a program. */
void program_find(const char *command, struct program *program);
void program_free(struct program *program);

#endif
