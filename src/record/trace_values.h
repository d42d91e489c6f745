/*
 * Prints the targets of pointer arguments. Cold; async-signal-safe. If the target cannot be read,
 * the pointer is printed. NULL is printed as NULL, a long array as its first elements and "...".
 */
#ifndef RECORD_TRACE_VALUES_H
#define RECORD_TRACE_VALUES_H

#include "record/trace.h"

/* Copy size bytes from pointer. If that is impossible, put the pointer and return false. */
bool values_take(struct text *text, trace_peek *peek, void *copy, const void *pointer,
		 size_t size);

void values_put_pointer(struct text *text, const void *pointer);
void values_put_string(struct text *text, trace_peek *peek, const char *string);
void values_put_address(struct text *text, trace_peek *peek, const void *address,
			size_t length);
/* [16]: a socklen_t. */
void values_put_length(struct text *text, trace_peek *peek, const void *length);
void values_put_offset(struct text *text, trace_peek *peek, const void *offset);
void values_put_pair(struct text *text, trace_peek *peek, const void *pair);
void values_put_timeval(struct text *text, trace_peek *peek, const void *time);
void values_put_timespec(struct text *text, trace_peek *peek, const void *time);
void values_put_vector(struct text *text, trace_peek *peek, const void *vector, size_t count);
void values_put_message(struct text *text, trace_peek *peek, const void *message);
/* struct mmsghdr[count]; of the first `done`, msg_len too. */
void values_put_messages(struct text *text, trace_peek *peek, const void *messages,
			 size_t count, size_t done);
void values_put_pollfds(struct text *text, trace_peek *peek, const void *descriptors,
			size_t count);
void values_put_set(struct text *text, trace_peek *peek, const void *set, int count);
void values_put_events(struct text *text, trace_peek *peek, const void *events, size_t count);
void values_put_hints(struct text *text, trace_peek *peek, const void *hints);
/* The name of a socket option; its value. */
void values_put_option_name(struct text *text, int level, int option);
void values_put_option(struct text *text, trace_peek *peek, int level, int option,
		       const void *value, size_t length);
/* SIG_DFL, SIG_IGN, 0x… */
void values_put_handler(struct text *text, uintptr_t handler);

#endif
