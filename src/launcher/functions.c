/*
 * What calls.def says, for people; and a list of what it does not say. Cold; owns the order in
 * which names are looked up.
 */
#include "config.h"

#include "launcher/functions.h"

#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "calls/calls.h"

/* For the table alone: rows of the list that are no operation. */
#define OPERATION_WATCHED OPERATION_COUNT

/* The streams' stand together in the list; what opens streams is watched. */
#define KIND(operation, call)                                                                  \
	(call) == CALL_dlopen || (call) == CALL_dlmopen        ? FUNCTION_LOADS                \
	: (int)OPERATION_##operation == (int)OPERATION_WATCHED ? FUNCTION_WATCHED              \
	: (call) >= CALL_getc && (call) <= CALL_freopen64      ? FUNCTION_STREAM               \
							       : FUNCTION_BOUNDED

#define CALL(operation, type, name, parameters)                                                \
	{#name, KIND(operation, CALL_##name), OPERATION_##operation},
#define ALIAS(operation, name, target)                                                         \
	{#name, KIND(operation, CALL_##target), OPERATION_##operation},
#define UNBOUNDED FUNCTION_UNBOUNDED, OPERATION_COUNT
#define RARE      FUNCTION_RARE, OPERATION_COUNT

/* Not here: getnetbyname(3) and its kin, which read /etc/networks unless nsswitch.conf(5) sends
 * them to name servers; half of all scripts' interpreters import them, and nothing uses them. */
const struct function functions[] = {
#include "calls/calls.def"
	/* In threads of libc's own (aio(7), getaddrinfo_a(3)). */
	{"aio_read", UNBOUNDED},
	{"aio_read64", UNBOUNDED},
	{"aio_write", UNBOUNDED},
	{"aio_write64", UNBOUNDED},
	{"lio_listio", UNBOUNDED},
	{"lio_listio64", UNBOUNDED},
	{"getaddrinfo_a", UNBOUNDED},
	/* Whole protocols inside of libc (rcmd(3), rexec(3)). */
	{"rcmd", UNBOUNDED},
	{"rcmd_af", UNBOUNDED},
	{"rexec", UNBOUNDED},
	{"rexec_af", UNBOUNDED},
	/* 32-bit programs with a 64-bit time_t. */
	{"__select64", UNBOUNDED},
	{"__pselect64", UNBOUNDED},
	{"__ppoll64", UNBOUNDED},
	{"__ppoll64_chk", UNBOUNDED},
	{"__recvmsg64", UNBOUNDED},
	{"__recvmmsg64", UNBOUNDED},
	{"__sendmsg64", UNBOUNDED},
	{"__sendmmsg64", UNBOUNDED},
	{"__epoll_pwait2_time64", UNBOUNDED},
	/* liburing: the kernel waits, not a call. */
	{"io_uring_submit", UNBOUNDED},
	{"io_uring_submit_and_wait", UNBOUNDED},
	{"io_uring_submit_and_wait_timeout", UNBOUNDED},
	{"io_uring_enter", UNBOUNDED},
	/* With the offset -1 they read and write sockets (preadv2(2)). */
	{"preadv2", RARE},
	{"preadv64v2", RARE},
	{"pwritev2", RARE},
	{"pwritev64v2", RARE},
	/* Random numbers and futexes, mostly. */
	{"syscall", RARE},
};

const size_t functions_count = COUNT_OF(functions);

static int compare_indices(const void *left, const void *right)
{
	return strcmp(functions[*(const unsigned short *)left].name,
		      functions[*(const unsigned short *)right].name);
}

static int compare_name(const void *name, const void *index)
{
	return strcmp(name, functions[*(const unsigned short *)index].name);
}

size_t functions_find(const char *symbol)
{
	static unsigned short sorted[COUNT_OF(functions)];
	const unsigned short *found;

	if (sorted[0] == sorted[1]) {
		for (size_t i = 0; i < COUNT_OF(sorted); i++)
			sorted[i] = (unsigned short)i;
		qsort(sorted, COUNT_OF(sorted), sizeof(*sorted), compare_indices);
	}
	found = bsearch(symbol, sorted, COUNT_OF(sorted), sizeof(*sorted), compare_name);
	return found == NULL ? functions_count : *found;
}
