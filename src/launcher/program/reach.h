/*
 * Whether a preloaded library is loaded into a program and sees the program's socket calls; otherwise
 * the reason, and advice. Reads files; executes the program's dynamic linker where it is not the
 * launcher's. Cold; allocates.
 */
#ifndef LAUNCHER_PROGRAM_REACH_H
#define LAUNCHER_PROGRAM_REACH_H

#include <stdbool.h>

#include "launcher/program/image.h"

enum reach_extent {
	REACH_WHOLE, /* the library is loaded, and sees the calls that go through libc */
	REACH_PART, /* the library is loaded, but most socket calls are made without libc: Go */
	REACH_NOTHING, /* the library is not loaded */
	REACH_UNKNOWN  /* the file cannot be read */
};

struct reach {
	enum reach_extent extent;
	char *reason;        /* unless REACH_WHOLE: "is linked statically, ..." */
	const char *instead; /* unless REACH_WHOLE: advice */
	bool privileged;     /* the program runs with other privileges than this process */
	bool harmed; /* the library in LD_PRELOAD would stop the program or make it print an error */

	char *library; /* REACH_WHOLE: the library that LD_PRELOAD must name instead; NULL: none */
	bool linker_trusted; /* the launcher may execute the program's dynamic linker */
	struct image image;  /* unless REACH_UNKNOWN */
};

/*
 * Judge the program in file (the last file of program_find), as if this process executed the program
 * with this LD_PRELOAD. trusting: any dynamic linker of the program may be executed; else only a dynamic
 * linker that nobody but root can change.
 */
void reach_judge(const char *file, const char *preload, bool trusting, struct reach *reach);
void reach_free(struct reach *reach);

#endif
