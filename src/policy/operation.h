/*
 * The operations that have a timeout, and their names in SPEC and rules. Constant; any path.
 */
#ifndef POLICY_OPERATION_H
#define POLICY_OPERATION_H

#include <stddef.h>

/* OPERATION(enumerator, name) */
#define OPERATIONS(OPERATION)                                                                  \
	OPERATION(OPERATION_CONNECT, "connect")                                                \
	OPERATION(OPERATION_ACCEPT, "accept")                                                  \
	OPERATION(OPERATION_RECV, "recv")                                                      \
	OPERATION(OPERATION_SEND, "send")                                                      \
	OPERATION(OPERATION_RESOLVE, "resolve")                                                \
	OPERATION(OPERATION_WAIT, "wait")                                                      \
	OPERATION(OPERATION_IDLE, "idle")

#define OPERATION_ENUMERATOR(enumerator, name) enumerator,
enum operation { OPERATIONS(OPERATION_ENUMERATOR) OPERATION_COUNT };
#undef OPERATION_ENUMERATOR

/* "connect, accept, …": for messages. */
#define OPERATION_IN_LIST(enumerator, name) ", " name
#define OPERATION_NAMES                     (&(OPERATIONS(OPERATION_IN_LIST))[2])

/* The name of operation; "?" for what is none. */
const char *operation_name(enum operation operation);
/* The operation of that name (exactly length bytes), or OPERATION_COUNT. */
enum operation operation_find(const char *name, size_t length);

#endif
