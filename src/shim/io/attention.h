/*
 * The calls that something wants to see before and after they are made: because a wait has failed
 * their descriptor, because a chaos rule may concern it, or because every call is to be printed.
 *
 * A call on a descriptor comes here by its hint (hint_wants_attention, one test of a word that the
 * wrapper has loaded anyway), another one by a flag. Its wrapper has a cold function beside it:
 *
 *     COLD static ssize_t recv_attended(int fd, void *buffer, size_t length, int flags, uint32_t hint)
 *     {
 *             struct attention attention = ATTENTION_FOR(
 *                     recv, OPERATION_RECV, -1, fd, hint, ARGUMENT(fd), …);
 *             ssize_t n;
 *
 *             ATTEND(n, &attention,
 *                    recv_with(fd, buffer, attention_limited(&attention, length), flags,
 *                              attention.hint));
 *             return n;
 *     }
 *
 * Hot: the tests. The rest is cold. Async-signal-safe, lock-free; what the library itself calls on
 * its way is not seen here.
 */
#ifndef SHIM_ATTENTION_H
#define SHIM_ATTENTION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "calls/calls.h"
#include "policy/operation.h"
#include "shim/fault/chaos.h"
#include "shim/fd/hint.h"
#include "shim/io/vector.h"
#include "shim/log/traced.h"

/* Who wants to see calls. */
#define ATTENTION_CHAOS 0x1u /* rules with chaos actions (shim/fault/chaos.h) */
#define ATTENTION_TRACE                                                                        \
	0x2u /* the log level `call`: every call, those without a descriptor too */

/* The most parameters that a wrapped call has. */
#define ATTENTION_ARGUMENTS 8

/* One call that is seen. */
struct attention {
	enum call call;
	enum operation operation; /* OPERATION_COUNT: chaos does not concern it */
	int fd;                   /* -1: none */
	uint32_t hint; /* got before; for the call itself: without what called for attention */
	intptr_t answer;    /* what the call gives where it is answered, and not made */
	unsigned int count; /* of arguments */
	uintptr_t arguments[ATTENTION_ARGUMENTS];

	bool examined;   /* not only for a failed wait */
	int64_t started; /* on the monotonic clock; where examined */
	struct chaos chaos;
};

/* length, or what a chaos rule leaves of it. */
static inline size_t attention_limited(const struct attention *attention, size_t length)
{
	return length < attention->chaos.limit ? length : attention->chaos.limit;
}
/* A chaos rule has left something. */
static inline bool attention_limits(const struct attention *attention)
{
	return attention->chaos.limit != SIZE_MAX;
}

#define ATTENTION_FOR(function, op, failure, descriptor, hint_word, ...)                       \
	{                                                                                      \
		.call = CALL_##function, .operation = (op), .fd = (descriptor),                \
		.hint = (hint_word), .answer = (intptr_t)(failure),                            \
		.count = COUNT_OF(ARGUMENTS(__VA_ARGS__)), .arguments = {                      \
			__VA_ARGS__                                                            \
		}                                                                              \
	}

/* ATTENTION_… bits. */
extern atomic_uint attention_wanted;

/* From now on, or no more, reason (one of ATTENTION_…) wants to see calls. With true also again, for
 * the descriptors that were dismissed. Not on any fast path: goes over all descriptors. */
void attention_want(unsigned int reason, bool wanted);

/* The descriptor's calls are of no interest as long as its number and the reasons remain. Harmless
 * where something else wants to see them. */
void attention_dismiss(int fd, uint32_t seen);

/*
 * Before the call. Tells of a failed wait (shim/fd/failure.h). False where the call is answered, with
 * errno set: then it is not to be made. Keeps errno otherwise.
 */
COLD bool attention_begin(struct attention *attention);
/* After it, with what it gave; errno is what it left. Returns what the wrapper is to return. */
COLD intptr_t attention_end(struct attention *attention, intptr_t result);

/* One call, seen: expression makes it as if nobody looked. */
#define ATTEND(result, passage, expression)                                                    \
	do {                                                                                   \
		struct attention *const attention_here = (passage);                            \
		(result) = (__typeof__(result))attention_here->answer;                         \
		if (attention_begin(attention_here))                                           \
			(result) = (expression);                                               \
		(result) =                                                                     \
			(__typeof__(result))attention_end(attention_here, (intptr_t)(result)); \
	} while (0)

/* A call without a hint is to be printed; not where ATTEND_TRACED itself makes it. */
COLD bool attention_first(enum call call);
static inline bool attention_due(enum call call)
{
	return UNLIKELY((atomic_load_explicit(&attention_wanted, memory_order_relaxed) &
			 ATTENTION_TRACE) != 0) &&
	       attention_first(call);
}
/* When the call on fd that this thread is in began, where a chaos rule has delayed it since; else
 * 0. */
int64_t attention_begun(int fd);

/* readv's or writev's vector, or what a chaos rule leaves of it, in window. */
void attention_vector(const struct attention *attention, const struct iovec **vector,
		      int *count, struct iovec window[VECTOR_WINDOW]);

/* The next call of this thread to that function is the one that has been seen. */
void attention_pass(enum call call);

/* The head of a wrapper without a hint: returns from it where the call is to be printed; again is
 * the wrapper's own call, failure what it gives where it fails, then come its arguments. */
#define ATTEND_TRACED(function, failure, again, ...)                                           \
	do {                                                                                   \
		if (attention_due(CALL_##function)) {                                          \
			struct attention attention_there = ATTENTION_FOR(                      \
				function, OPERATION_COUNT, failure, -1, 0, __VA_ARGS__);       \
			__typeof__(again) attention_result;                                    \
			ATTEND(attention_result, &attention_there,                             \
			       (attention_pass(CALL_##function), (again)));                    \
			return attention_result;                                               \
		}                                                                              \
	} while (0)

#endif
