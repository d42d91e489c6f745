/*
 * The sources of the rules, SOCKTIMEOUT_RULES and the policy file, and the policy that is built from
 * them. Owns the buffer for the program's path.
 *
 * Cold: at the start, and when the file has changed. Async-signal-safe; errno is unchanged. Not
 * reentrant: the caller (rules_slots.c) allows one thread at a time, with signals blocked.
 */
#ifndef SHIM_SOURCES_H
#define SHIM_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"

/* A larger file is refused. */
#define SOURCES_FILE_MAXIMUM ((size_t)16 << 20)

/* The sources. Constant after the start. */
struct sources {
	const char *rules; /* a copy of SOCKTIMEOUT_RULES, or NULL */
	size_t rules_length;
	bool privileged;  /* AT_SECURE: only files of root are trusted */
	const char *file; /* the path of the policy file; "": none */
};

/* There are rules, or a file that may get some. */
static inline bool sources_any(const struct sources *sources)
{
	return sources->rules != NULL || sources->file[0] != '\0';
}

/* The name of the source with that number, in every policy that is built from these sources. */
const char *sources_name(const struct sources *sources, unsigned int number);

/* A fingerprint of the file: a hash of the result of stat(2). Another value means another file or other
 * contents. These values are no hashes: */
#define SOURCES_NO_FILE   UINT64_C(0) /* the file does not exist */
#define SOURCES_UNSETTLED UINT64_C(1) /* the file may be changing: read the file again */
#define SOURCES_UNKNOWN   UINT64_C(2) /* stat(2) failed: keep the policy */
/* The fingerprint of the file as it is now. 1 system call. */
uint64_t sources_fingerprint(const struct sources *sources);

/* A hash of count bytes (FNV-1a). */
uint64_t sources_hash(const void *bytes, size_t count);

struct sources_built {
	const struct policy *policy; /* NULL: no rule is left */
	void *memory;                /* of the policy, for kernel_free; or NULL */
	size_t size;
	uint64_t fingerprint; /* of the file, when the file was read */
	uint64_t content;     /* the hash of the file's text: equal hashes, equal rules */
};

/*
 * Read the file (with_file) and build the policy, unless the hash of the file's text is known_content
 * (0: unknown).
 *
 * Returns 0 with *built; 1 where the text is the known one; or -Exxx with a message for the user in
 * *complaint ("SOURCE:LINE:COLUMN: …", without a newline). *in_file then tells whether the file is
 * wrong, or SOCKTIMEOUT_RULES. built->fingerprint is set in every case.
 */
int sources_build(const struct sources *sources, bool with_file, uint64_t known_content,
		  struct sources_built *built, struct text *complaint, bool *in_file);

#endif
