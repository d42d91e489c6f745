/*
 * The operations that have a timeout, and their names in SPEC and rules. Constant; may be hot.
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
	OPERATION(OPERATION_IDLE, "idle")                                                      \
	OPERATION(OPERATION_REPLY, "reply")

#define OPERATION_ENUMERATOR(enumerator, name) enumerator,
enum operation { OPERATIONS(OPERATION_ENUMERATOR) OPERATION_COUNT };
#undef OPERATION_ENUMERATOR

/* "connect, accept, …", for error messages. */
#define OPERATION_IN_LIST(enumerator, name) ", " name
#define OPERATION_NAMES                     (&(OPERATIONS(OPERATION_IN_LIST))[2])

/* The name of operation; "?" if the value is not an operation. */
const char *operation_name(enum operation operation);
/* The operation with this name of length bytes, or OPERATION_COUNT. */
enum operation operation_find(const char *name, size_t length);

#endif
