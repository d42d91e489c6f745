/*
 * Prints a wrapped call as strace(1) does, but without the transferred data: flags, addresses,
 * options and events by name, from the constant tables. Cold. Async-signal-safe; allocates nothing;
 * keeps errno.
 */
#ifndef RECORD_TRACE_H
#define RECORD_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "calls/calls.h"

/* Copies size bytes of the program's memory; returns false if the bytes cannot be read. Then the
 * pointer is printed instead. */
typedef bool trace_peek(void *copy, const void *from, size_t size);

/* A call that has ended. */
struct trace {
	enum call call;
	const uintptr_t *arguments; /* in order; signed integers are sign-extended */
	unsigned int count;         /* of known arguments; those of a va_list are unknown */
	intptr_t result;
	int error; /* errno after the call */
	trace_peek *peek;
};

/* Put the arguments: 3, 0x7ffd8a6e4c50, 1024, MSG_PEEK|MSG_DONTWAIT */
void trace_put_arguments(struct text *text, const struct trace *trace);
/* Put the return value: -1, 12, 0x5581…, NULL; ? for a function without one. */
void trace_put_result(struct text *text, const struct trace *trace);
/* The name of the error, such as EAGAIN or EAI_NONAME; NULL if the call succeeded. */
const char *trace_error(const struct trace *trace);

#endif
