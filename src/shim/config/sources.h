/*
 * Where rules come from, the environment and the file, and what is built of them. Cold: at start,
 * and when the file has changed. Async-signal-safe; leaves errno alone. To be entered by one at a
 * time, with signals blocked (rules.c sees to that).
 */
#ifndef SHIM_SOURCES_H
#define SHIM_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"

/* A file that is larger is refused. */
#define SOURCES_FILE_MAXIMUM ((size_t)16 << 20)

/* What is read; does not change after the start. */
struct sources {
	const char *rules; /* of SOCKTIMEOUT_RULES, our own copy, or NULL */
	size_t rules_length;
	bool privileged;  /* AT_SECURE: only what root owns is trusted */
	const char *file; /* "": none */
};

/* The name of the source of that number: of all policies that are built of these. */
const char *sources_name(const struct sources *sources, unsigned int number);

/* What the file is, by its stat(2): another value, another file. */
#define SOURCES_NO_FILE   UINT64_C(0) /* there is none */
#define SOURCES_UNSETTLED UINT64_C(1) /* may still be being written: look again */
#define SOURCES_UNKNOWN   UINT64_C(2) /* cannot be told: take it for unchanged */
/* 1 system call. */
uint64_t sources_mark(const struct sources *sources);

struct sources_built {
	/* With 0: the policy, NULL where no rule is left; its memory, to be unmapped. */
	const struct policy *policy;
	void *memory;
	size_t size;
	uint64_t mark;    /* of the file, when it was read */
	uint64_t content; /* of its text; the same: the same rules */
};

/*
 * Read the file (with_file) and build the policy, unless the content of the file is `known` (0: is
 * none). Returns 1 where it is, 0 where it has been built, or -Exxx with the complaint (without an
 * end, "SOURCE:LINE:COLUMN: …") put to *complaint; *file then tells whether it is the file that is
 * refused. *built has the mark in any case.
 */
int sources_build(const struct sources *sources, bool with_file, uint64_t known,
		  struct sources_built *built, struct text *complaint, bool *file);

#endif
