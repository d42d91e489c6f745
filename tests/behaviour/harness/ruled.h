/*
 * Test cases that each run in a process of their own under rules of their own, and natively too
 * where that makes sense. Beside tests/behaviour/harness/harness.h, whose functions they use.
 */
#ifndef BEHAVIOUR_RULED_H
#define BEHAVIOUR_RULED_H

#include "harness/harness.h"

struct ruled {
	const char *name;
	const char *rules; /* SOCKTIMEOUT_RULES */
	const char *spec;  /* SOCKTIMEOUT; NULL: not set */
	const char *seed;  /* SOCKTIMEOUT_SEED; NULL: 1 */
	bool dry_run;
	bool native; /* also without the library: ruled() is false then */
	const TTest *const *test;
};

/* main() of a test program: runs all cases; returns 0 if all of them passed. */
int ruled_main(int argc, char **argv, const char *name, const struct ruled *cases,
	       size_t count);

/* The rules are in force in this process. */
bool ruled(void);
/* Under the rules the call gives -1 and this errno; natively it is good. */
#define ck_fault(result, error)                                                                \
	do {                                                                                   \
		const long fault_result = (long)(result);                                      \
		if (ruled()) {                                                                 \
			const int fault_errno = errno;                                         \
			ck_assert_int_eq(fault_result, -1);                                    \
			ck_assert_int_eq(fault_errno, (error));                                \
		} else {                                                                       \
			ck_assert_int_ge(fault_result, 0);                                     \
		}                                                                              \
	} while (0)

/* The lines in the log that tell of faults, and of timeouts. */
int faults_logged(void);
int timeouts_logged(void);
/* The whole log; in memory that is kept. */
const char *log_text(void);

#endif
