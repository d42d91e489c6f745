/*
 * Which file the kernel will execute in the end for a command: the search in PATH, the
 * interpreters of scripts, and env(1) among these. Reads files, executes nothing. Cold; allocates.
 */
#ifndef LAUNCHER_PROGRAM_H
#define LAUNCHER_PROGRAM_H

#include <stddef.h>

/* How a file came to be executed. */
enum program_way {
	PROGRAM_COMMAND, /* it is the command */
	PROGRAM_SCRIPT,  /* named behind #! by the file before it */
	PROGRAM_ENV,     /* env(1), the file before it, was told to */
	PROGRAM_SHELL    /* the file before it is no program: execvp(3) has the shell read it */
};

struct program_file {
	char *path;
	enum program_way way;
};

#define PROGRAM_FILES 16

struct program {
	struct program_file files[PROGRAM_FILES];
	size_t count; /* at least 1 where error is 0; the last is what is executed in the end */
	int error;    /* 0, or what execvp would fail with: an errno, for the last file */
};

/* Follow command (argv[0] as for execvp(3)). What cannot be read is taken for a program. */
void program_find(const char *command, struct program *program);
void program_free(struct program *program);

#endif
