/*
 * What the parts of the victim share. See victim.c.
 */
#ifndef PLATFORM_VICTIM_H
#define PLATFORM_VICTIM_H

#include <stddef.h>
#include <sys/uio.h>

/* The timeout that the script sets, and the program's own, in milliseconds. */
#define TIMEOUT 400
#define OWN     150

/* Connected; nothing arrives at the first. */
extern int ends[2];
extern char buffer[65536];
extern struct iovec vector;
/* The size of buffer, not known to the compiler: fortified programs call the _chk functions. */
extern volatile size_t length;
/* What errno the case ends with, and after how many milliseconds at least. */
extern int expected;
extern long earliest;

_Noreturn void die(const char *what);
/* Leave no room at the first end, which becomes one of a socketpair(2). */
void fill(void);

struct victim_case {
	const char *name;
	long (*run)(void);
};
/* The name and the function of a case. */
#define CASE(name)                                                                             \
	{                                                                                      \
#name, case_##name                                                             \
	}

/* The calls that transfer data, connect or accept (victim_data.c); NULL at the end. */
extern const struct victim_case data_cases[];
/* The readiness waits (victim_wait.c). */
extern const struct victim_case wait_cases[];

#endif
