/*
 * Bounds the lookups of libc's resolver. libc sends and polls inside of its own functions, where no
 * wrapper is called. So a lookup that may use the network runs in a thread of its own (the worker),
 * on copies of all arguments, and the caller waits for the worker until the deadline. The copies
 * belong to both; the one that needs them longer frees them. An abandoned worker never touches the
 * caller's memory.
 *
 * A wrapper fills in a request, a struct that begins with a struct lookup, and calls lookup_make:
 *
 *     const struct traced traced = TRACED(getaddrinfo, ARGUMENT(node), …);
 *     struct address_request request = {{.kind = &address_kind, .name = node, …}, service, …};
 *
 *     return (int)lookup_make(&request.lookup, &traced);
 *
 * Cold. Not async-signal-safe: malloc and pthread_create are called here. The real functions are not
 * async-signal-safe either, and allocate memory themselves. No lock is held while the caller waits,
 * so a signal handler may leave the call by siglongjmp, as in programs that bound gethostbyname with
 * alarm(2); the memory of the lookup is then lost, as natively.
 */
#ifndef SHIM_LOOKUP_H
#define SHIM_LOOKUP_H

#include <netdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "calls/calls.h"
#include "shim/log/traced.h"

/* The h_errno for "see errno", which musl does not name. */
#ifndef NETDB_INTERNAL
#define NETDB_INTERNAL (-1)
#endif

struct lookup_kind;
struct lookup_job;

/* The first member of each request. The wrapper sets the first group. */
struct lookup {
	const struct lookup_kind *kind;
	bool is_literal;     /* there is nothing to look up: always native, without faults */
	bool needs_network;  /* /etc/hosts is not enough */
	const char *name;    /* the name that is looked up, or NULL */
	const void *address; /* … or the struct in_addr or in6_addr, or NULL */
	int family;          /* AF_INET, AF_INET6; of a name also AF_UNSPEC */
	struct __res_state
		*state; /* a res_n function's argument; NULL: the thread's own _res */

	enum call call;
	intptr_t result;        /* the function's return value */
	struct lookup_job *job; /* of a copy; NULL in the caller's request */
};

/* The functions of one kind of request. */
struct lookup_kind {
	size_t size; /* of the request, in bytes */
	/* The thread's _res is brought up to date as res_query(3) does, not as getaddrinfo(3). */
	bool is_query;
	/* Put the subject, for the log. NULL: the name or the address. */
	void (*put_subject)(const struct lookup *request, struct text *text);
	/* Make the real call and set result: natively, or in the worker on the copy. */
	void (*make)(struct lookup *request);
	/* Replace each further pointer of the copy by a pointer to a copy (lookup_keep). */
	void (*keep)(struct lookup *copy);
	/* Move the results from the copy to the request; result is moved already. */
	void (*take)(struct lookup *request, struct lookup *copy);
	/* Free results that were not taken, maybe in the worker. NULL: there are none. */
	void (*discard)(struct lookup *copy);
	/* Remember the addresses that the name has (config/hosts.h), where the lookup succeeded.
	 * NULL: the results are not addresses. */
	void (*remember)(const struct lookup *request);
	/* Set the results of a failure with the EAI_ value error; errno and h_errno are set. NULL:
	 * result is error. */
	void (*fail)(struct lookup *request, int error);
};

/*
 * Make a lookup: natively, or in a worker until the timeout of `resolve`. Logs the call where calls
 * are logged, and returns the function's return value, with errno and h_errno as the function
 * leaves them. At the timeout the call fails with EAI_AGAIN, TRY_AGAIN and errno ETIMEDOUT. The
 * wait is a cancellation point; signal handlers that return do not end it. The call is native
 * where no worker can be started.
 */
intptr_t lookup_make(struct lookup *request, const struct traced *traced);

/* For keep: a copy of count bytes (bytes == NULL: uninitialized memory), freed with the copy of the
 * request. Without memory returns NULL, and the call will be native. Keeps errno. */
void *lookup_keep(struct lookup *copy, const void *bytes, size_t count);
/* The same of a string; NULL of NULL. */
char *lookup_keep_string(struct lookup *copy, const char *string);

/*
 * Fault injection: called before each lookup that is not literal, with the name or address that is
 * looked up ("" for none). Returns 0: make the lookup, which began at *begun already (nanoseconds
 * on CLOCK_MONOTONIC; 0: it begins now). Or returns the EAI_ value that the lookup fails with, with
 * errno and h_errno set.
 */
typedef int resolver_fault_function(enum call call, const char *subject, int64_t *begun);

/* NULL: no faults. The constructor sets the pointer. */
extern _Atomic(resolver_fault_function *) resolver_fault;

#endif
