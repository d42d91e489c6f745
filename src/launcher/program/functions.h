/*
 * The functions that --check looks for in programs: the functions of calls.def, and functions that may
 * wait on a socket and are not wrapped. Constant; cold.
 */
#ifndef LAUNCHER_PROGRAM_FUNCTIONS_H
#define LAUNCHER_PROGRAM_FUNCTIONS_H

#include <stddef.h>

#include "policy/operation.h"

enum function_kind {
	FUNCTION_BOUNDED,   /* bounded on sockets, by the timeout of its operation */
	FUNCTION_STREAM,    /* of stdio: bounded on a bounded stream */
	FUNCTION_WATCHED,   /* wrapped, but does not wait */
	FUNCTION_LOADS,     /* wrapped; loads libraries: dlopen */
	FUNCTION_RESTRICTS, /* wrapped; may install a filter of system calls: prctl */
	FUNCTION_FILTERS,   /* of libseccomp: installs a filter of system calls */
	FUNCTION_UNBOUNDED, /* may wait on a socket, and is not wrapped */
	FUNCTION_RARE       /* the same, but few programs use the function on sockets */
};

struct function {
	const char *name;
	enum function_kind kind;
	enum operation operation; /* of a FUNCTION_BOUNDED */
};

/* The functions of calls.def in their order, then the others. */
extern const struct function functions[];
extern const size_t functions_count;

/* The index of the function with that name, or functions_count. */
size_t functions_find(const char *symbol);

#endif
