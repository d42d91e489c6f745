/*
 * Runs tests/behaviour/harness/victim, or another program, with settings, and tells what it said.
 */
#ifndef BEHAVIOUR_RUNNING_H
#define BEHAVIOUR_RUNNING_H

#include "harness/harness.h"

struct run {
	/* Set before; NULL: what stands here in brackets. */
	const char *spec;   /* SOCKTIMEOUT [unset] */
	const char *log;    /* SOCKTIMEOUT_LOG [unset] */
	const char *format; /* SOCKTIMEOUT_LOG_FORMAT [unset] */
	const char *level;  /* SOCKTIMEOUT_LOG_LEVEL [unset] */
	const char *rules;  /* SOCKTIMEOUT_RULES [unset] */
	const char *config; /* SOCKTIMEOUT_CONFIG [empty: no file] */
	const char *name;   /* argv[0] [the path] */
	const char *errors; /* file to be descriptor 2 [a pipe that is read to its end] */

	const char *program; /* instead of the victim in the build directory */
	uid_t user;          /* [that of the test] */
	bool native;         /* LD_PRELOAD is not set */
	bool unread;         /* that pipe has no reader */
	bool system_file;    /* SOCKTIMEOUT_CONFIG is not set */

	pid_t pid;
	int in, out, err; /* this end of the pipes */
	int status;       /* as of waitpid(2) */
	size_t length;    /* of what has been read of it */
	char said[4096];
	char complained[4096];
};

/* Start the victim with these arguments, the last NULL, under the library. */
void start(struct run *run, const char *const arguments[]);
/* Read what it says until one more line is "ready"; it waits then for go_on. */
void wait_until_ready(struct run *run);
void go_on(struct run *run);
/* Wait for it, and read what it said. */
void finish(struct run *run);
/* Kill it, then as above. */
void stop(struct run *run);
/* Start and finish; it must have succeeded. */
void run_victim(struct run *run, const char *const arguments[]);
#define RUN_VICTIM(run, ...) run_victim(run, (const char *const[]){__VA_ARGS__, NULL})

/* It has said that this operation timed out, not before ms. */
void ck_said_timed_out(const struct run *run, const char *operation, int ms);
/* text is `count` lines (0: at most one, without its end), one of which the extended regular
 * expression matches. */
void ck_lines(const char *text, int count, const char *expression);
/* The directory tests/behaviour of the build: of the folders of the test programs. */
const char *test_directory(void);
/* The contents of a file that is shorter than 64 KiB; "" where there is none. */
const char *contents(const char *path);
/* A new directory for files, which is removed with them when the test process ends. */
const char *new_directory(void);

/* Enter a mount namespace, from which nothing is seen outside; whether that can be done, and one may
 * mount there. */
bool enter_mounts(void);
bool mounts_possible(void);

#endif
