/*
 * The res_query and res_search families. Each call is a query over the network, and is bounded
 * (shim/resolver/lookup.h). Cold.
 *
 * The functions without a state argument use the thread's own state, _res. The results are native
 * also where a call fails: the answer (programs look at its header), h_errno, and res_h_errno of
 * the state. But connections that RES_STAYOPEN would keep are not kept.
 */
#include "config.h"

#ifdef HAVE_RES_QUERY

#include <netdb.h>
#include <resolv.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/log/traced.h"
#include "shim/resolver/lookup.h"

/* The arguments of all these functions; lookup.name is NULL for res_send and res_nsend. */
struct query {
	struct lookup lookup;
	const char *domain; /* res_querydomain; else NULL */
	const unsigned char *message;
	int length; /* of message */
	int class, type;
	unsigned char *answer;
	int size; /* of answer */
};

/* For res_send, the name in the message. */
static void query_put_subject(const struct lookup *lookup, struct text *text)
{
	const struct query *const its = (const struct query *)lookup;
	const unsigned char *const message = its->message;
	char name[NS_MAXDNAME];

	if (lookup->name != NULL)
		text_put_string(text, lookup->name);
	else if (its->length > NS_HFIXEDSZ &&
		 dn_expand(message, message + its->length, message + NS_HFIXEDSZ, name,
			   sizeof name) >= 0)
		text_put_string(text, name);
	if (its->domain != NULL && its->domain[0] != '\0') {
		text_put_char(text, '.');
		text_put_string(text, its->domain);
	}
}

static int query_call(const struct lookup *lookup)
{
	const struct query *const its = (const struct query *)lookup;
	struct __res_state *const state = lookup->state;
	const char *const name = lookup->name;
	unsigned char *const answer = its->answer;
	const int class = its->class, type = its->type, size = its->size;

	switch (lookup->call) {
	case CALL_res_query:
		return REAL(res_query)(name, class, type, answer, size);
	case CALL_res_nquery:
		return REAL(res_nquery)(state, name, class, type, answer, size);
	case CALL_res_search:
		return REAL(res_search)(name, class, type, answer, size);
	case CALL_res_nsearch:
		return REAL(res_nsearch)(state, name, class, type, answer, size);
	case CALL_res_querydomain:
		return REAL(res_querydomain)(name, its->domain, class, type, answer, size);
	case CALL_res_nquerydomain:
		return REAL(res_nquerydomain)(state, name, its->domain, class, type, answer,
					      size);
	case CALL_res_send:
		return REAL(res_send)(its->message, its->length, answer, size);
	default:
		return REAL(res_nsend)(state, its->message, its->length, answer, size);
	}
}

static void query_make(struct lookup *lookup)
{
	lookup->result = query_call(lookup);
}

static void query_keep(struct lookup *copy)
{
	struct query *const its = (struct query *)copy;

	its->domain = lookup_keep_string(copy, its->domain);
	if (its->message != NULL)
		its->message = lookup_keep(copy, its->message, (size_t)its->length);
	its->answer = lookup_keep(copy, its->answer, (size_t)its->size);
}

static void query_take(struct lookup *lookup, struct lookup *copy)
{
	const struct query *const to = (const struct query *)lookup;

	memcpy(to->answer, ((const struct query *)copy)->answer, (size_t)to->size);
}

static void query_fail(struct lookup *lookup, int error)
{
	(void)error;
	lookup->result = -1;
}

static const struct lookup_kind query_kind = {
	.size = sizeof(struct query),
	.is_query = true,
	.put_subject = query_put_subject,
	.make = query_make,
	.keep = query_keep,
	.take = query_take,
	.fail = query_fail,
};

/* Make the query: lookup.name, lookup.state and the arguments are set. */
static int query(const struct traced *traced, struct query *query)
{
	query->lookup.kind = &query_kind;
	/* No query can be sent. */
	query->lookup.is_literal = query->answer == NULL || query->size <= 0 ||
				   (query->message != NULL && query->length <= 0);
	query->lookup.needs_network = true;
	return (int)lookup_make(&query->lookup, traced);
}

static int send_message(const struct traced *traced, struct __res_state *state,
			const unsigned char *message, int length, unsigned char *answer,
			int size)
{
	return query(traced, &(struct query){.lookup = {.state = state},
					     .message = message,
					     .length = length,
					     .answer = answer,
					     .size = size});
}

static int ask(const struct traced *traced, struct __res_state *state, const char *name,
	       const char *domain, int class, int type, unsigned char *answer, int size)
{
	return query(traced, &(struct query){.lookup = {.state = state, .name = name},
					     .domain = domain,
					     .class = class,
					     .type = type,
					     .answer = answer,
					     .size = size});
}

/* The last arguments of all functions that take a name. */
#define QUESTION ARGUMENT(class), ARGUMENT(type), ARGUMENT(answer), ARGUMENT(size)

int wrap_res_query(const char *name, int class, int type, unsigned char *answer, int size)
{
	const struct traced traced = TRACED(res_query, ARGUMENT(name), QUESTION);

	return ask(&traced, NULL, name, NULL, class, type, answer, size);
}
CALL_ALIAS(__res_query, res_query);

int wrap_res_search(const char *name, int class, int type, unsigned char *answer, int size)
{
	const struct traced traced = TRACED(res_search, ARGUMENT(name), QUESTION);

	return ask(&traced, NULL, name, NULL, class, type, answer, size);
}
CALL_ALIAS(__res_search, res_search);

int wrap_res_querydomain(const char *name, const char *domain, int class, int type,
			 unsigned char *answer, int size)
{
	const struct traced traced =
		TRACED(res_querydomain, ARGUMENT(name), ARGUMENT(domain), QUESTION);

	return ask(&traced, NULL, name, domain, class, type, answer, size);
}
CALL_ALIAS(__res_querydomain, res_querydomain);

int wrap_res_send(const unsigned char *message, int length, unsigned char *answer, int size)
{
	const struct traced traced = TRACED(res_send, ARGUMENT(message), ARGUMENT(length),
					    ARGUMENT(answer), ARGUMENT(size));

	return send_message(&traced, NULL, message, length, answer, size);
}
CALL_ALIAS(__res_send, res_send);

int wrap_res_nquery(struct __res_state *state, const char *name, int class, int type,
		    unsigned char *answer, int size)
{
	const struct traced traced =
		TRACED(res_nquery, ARGUMENT(state), ARGUMENT(name), QUESTION);

	return ask(&traced, state, name, NULL, class, type, answer, size);
}
CALL_ALIAS(__res_nquery, res_nquery);

int wrap_res_nsearch(struct __res_state *state, const char *name, int class, int type,
		     unsigned char *answer, int size)
{
	const struct traced traced =
		TRACED(res_nsearch, ARGUMENT(state), ARGUMENT(name), QUESTION);

	return ask(&traced, state, name, NULL, class, type, answer, size);
}
CALL_ALIAS(__res_nsearch, res_nsearch);

int wrap_res_nquerydomain(struct __res_state *state, const char *name, const char *domain,
			  int class, int type, unsigned char *answer, int size)
{
	const struct traced traced = TRACED(res_nquerydomain, ARGUMENT(state), ARGUMENT(name),
					    ARGUMENT(domain), QUESTION);

	return ask(&traced, state, name, domain, class, type, answer, size);
}
CALL_ALIAS(__res_nquerydomain, res_nquerydomain);

int wrap_res_nsend(struct __res_state *state, const unsigned char *message, int length,
		   unsigned char *answer, int size)
{
	const struct traced traced = TRACED(res_nsend, ARGUMENT(state), ARGUMENT(message),
					    ARGUMENT(length), ARGUMENT(answer), ARGUMENT(size));

	return send_message(&traced, state, message, length, answer, size);
}
CALL_ALIAS(__res_nsend, res_nsend);

#endif
