/*
 * The functions of libc that --check looks for in programs: those of calls.def, and those that it
 * has not and that may wait on a socket. Constant; cold.
 */
#ifndef LAUNCHER_FUNCTIONS_H
#define LAUNCHER_FUNCTIONS_H

#include <stddef.h>

#include "policy/operation.h"

enum function_kind {
	FUNCTION_BOUNDED,   /* on sockets, by the timeout of its operation */
	FUNCTION_STREAM,    /* of stdio: on a bounded stream */
	FUNCTION_WATCHED,   /* wrapped, but waits for nothing */
	FUNCTION_LOADS,     /* wrapped: dlopen */
	FUNCTION_UNBOUNDED, /* may wait on a socket, and is not wrapped */
	FUNCTION_RARE /* the same, but what uses it does not use it on sockets, as a rule */
};

struct function {
	const char *name;
	enum function_kind kind;
	enum operation operation; /* of what is bounded */
};

/* The functions, in the order of calls.def, then the others. */
extern const struct function functions[];
extern const size_t functions_count;

/* The index of the function that an imported symbol means, or functions_count. */
size_t functions_find(const char *symbol);

#endif
