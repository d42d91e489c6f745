/*
 * A wrapped call as strace(1) would print it, but for the data that it moves: flags, addresses,
 * options and events by name, from the constant tables. Cold. Async-signal-safe; allocates nothing;
 * leaves errno alone.
 */
#ifndef RECORD_TRACE_H
#define RECORD_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "calls/calls.h"

/* Copy size bytes of the program's memory; false where they cannot be read. Where the kernel says
 * EFAULT to a pointer, the pointer is shown, and nothing crashes. */
typedef bool trace_peek(void *copy, const void *from, size_t size);

/* A call that has ended. */
struct trace {
	enum call call;
	const uintptr_t *arguments; /* in their order; int and the like are sign-extended */
	unsigned int count;         /* of arguments that are known: of a va_list none is */
	intptr_t result;
	int error; /* errno after it */
	trace_peek *peek;
};

/* 3, 0x7ffd8a6e4c50, 1024, MSG_PEEK|MSG_DONTWAIT */
void trace_put_arguments(struct text *text, const struct trace *trace);
/* -1, 12, 0x5581…, NULL; ? of a function that returns nothing. */
void trace_put_result(struct text *text, const struct trace *trace);
/* What error that result says: EAGAIN, EAI_NONAME; NULL for none. */
const char *trace_error(const struct trace *trace);

#endif
