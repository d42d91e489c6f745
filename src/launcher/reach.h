/*
 * Whether a preloaded library gets into a program, and at its socket calls; and if not, why and
 * what to do instead. Reads files; asks a dynamic linker where it is not this program's own. Cold;
 * allocates.
 */
#ifndef LAUNCHER_REACH_H
#define LAUNCHER_REACH_H

#include <stdbool.h>

#include "launcher/image.h"

enum reach_extent {
	REACH_WHOLE,   /* it is loaded, and sees the calls that go through libc */
	REACH_PART,    /* it is loaded, and most socket calls go past libc: Go */
	REACH_NOTHING, /* it is not loaded */
	REACH_UNKNOWN  /* the file cannot be read */
};

struct reach {
	enum reach_extent extent;
	char *reason;        /* unless REACH_WHOLE: "is linked statically, ..." */
	const char *instead; /* unless REACH_WHOLE: what to do about it */
	bool privileged;     /* it is executed with other privileges than this process's */
	bool harmed; /* it would not start, or complain, with the library in LD_PRELOAD */

	bool linker_trusted; /* its dynamic linker may be executed, to ask it */
	struct image image;  /* unless REACH_UNKNOWN */
};

/*
 * Judge the program in the file (what program_find ends with) for this process, which would
 * execute it with this LD_PRELOAD. With trusting, a dynamic linker that the program brings along
 * may be executed to ask it; without, only one that root alone can write to.
 */
void reach_judge(const char *file, const char *preload, bool trusting, struct reach *reach);
void reach_free(struct reach *reach);

#endif
