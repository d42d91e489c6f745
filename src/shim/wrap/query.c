/*
 * The res_query and res_search families: each is a query over the network, and is bounded
 * (shim/resolver/lookup.h). Cold.
 *
 * The functions without a state argument use the thread's own, _res. What natively is left of a
 * call is left here too: the answer also where the function says that it is none (programs look
 * at its header), h_errno, and res_h_errno of the state. Connections that RES_STAYOPEN would keep
 * are not kept.
 */
#include "config.h"

#ifdef HAVE_RES_QUERY

#include <errno.h>
#include <netdb.h>
#include <resolv.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/resolver/lookup.h"

/* The arguments of all of them. */
struct query {
	struct __res_state *state; /* NULL: the thread's own */
	const char *name, *domain;
	const unsigned char *message; /* of res_send */
	int message_length;
	int class, type;
	unsigned char *answer;
	int size;
};

struct query_lookup {
	struct lookup lookup;
	struct query query; /* on copies */
	int (*call)(const struct query *);
	int result;
};

static int query_query(const struct query *query)
{
	return query->state == NULL ? REAL(res_query)(query->name, query->class, query->type,
						      query->answer, query->size)
				    : REAL(res_nquery)(query->state, query->name, query->class,
						       query->type, query->answer, query->size);
}

static int query_search(const struct query *query)
{
	return query->state == NULL
		       ? REAL(res_search)(query->name, query->class, query->type, query->answer,
					  query->size)
		       : REAL(res_nsearch)(query->state, query->name, query->class, query->type,
					   query->answer, query->size);
}

static int query_domain(const struct query *query)
{
	return query->state == NULL
		       ? REAL(res_querydomain)(query->name, query->domain, query->class,
					       query->type, query->answer, query->size)
		       : REAL(res_nquerydomain)(query->state, query->name, query->domain,
						query->class, query->type, query->answer,
						query->size);
}

static int query_send(const struct query *query)
{
	return query->state == NULL
		       ? REAL(res_send)(query->message, query->message_length, query->answer,
					query->size)
		       : REAL(res_nsend)(query->state, query->message, query->message_length,
					 query->answer, query->size);
}

static void query_run(struct lookup *lookup)
{
	struct query_lookup *const its = (struct query_lookup *)lookup;

	its->result = its->call(&its->query);
}

/* The name in the log: of a message, the one that it asks for. */
static void put_name(struct query_lookup *its)
{
	const struct query *const query = &its->query;
	char name[NS_MAXDNAME];

	if (query->message == NULL) {
		lookup_name(&its->lookup, query->name);
		if (query->domain != NULL && query->domain[0] != '\0') {
			text_put_char(&its->lookup.subject, '.');
			lookup_name(&its->lookup, query->domain);
		}
	} else if (query->message_length > NS_HFIXEDSZ &&
		   dn_expand(query->message, query->message + query->message_length,
			     query->message + NS_HFIXEDSZ, name, sizeof name) >= 0) {
		lookup_name(&its->lookup, name);
	}
}

static struct query_lookup *query_new(enum call call, int (*function)(const struct query *),
				      const struct query *query)
{
	struct query_lookup *const its = lookup_new(call, sizeof *its, query_run, NULL);

	if (its == NULL)
		return NULL;
	its->call = function;
	its->query = *query;
	its->query.name = lookup_keep_string(&its->lookup, query->name);
	its->query.domain = lookup_keep_string(&its->lookup, query->domain);
	if (query->message != NULL)
		its->query.message = lookup_keep(&its->lookup, query->message,
						 (size_t)query->message_length);
	its->query.answer = lookup_keep(&its->lookup, query->answer, (size_t)query->size);
	if (query->state == NULL)
		lookup_use_thread_state(&its->lookup, true);
	else
		its->query.state = lookup_use_state(&its->lookup, query->state);
	if (!its->lookup.incomplete)
		put_name(its);
	return its;
}

static void set_host_error(const struct query *query, int error)
{
	if (query->state != NULL)
		query->state->res_h_errno = error;
	else
		_res.res_h_errno = error;
}

static int query_bounded(enum call call, int (*function)(const struct query *),
			 const struct query *query)
{
	struct query_lookup *its;
	int64_t begun;
	int result;

	if (lookup_fault(call, query->name, &begun) != 0) {
		set_host_error(query, h_errno);
		return -1;
	}
	if (!lookup_bounded() || query->answer == NULL || query->size <= 0 ||
	    (query->message != NULL && query->message_length <= 0))
		return function(query);
	its = query_new(call, function, query);
	lookup_begun(its, begun);
	switch (lookup_run(its)) {
	case LOOKUP_DONE:
		result = its->result;
		memcpy(query->answer, its->query.answer, (size_t)query->size);
		set_host_error(query, its->lookup.state->resolver.res_h_errno);
		break;
	case LOOKUP_TIMED_OUT:
		result = -1;
		set_host_error(query, TRY_AGAIN);
		break;
	default:
		result = function(query);
		break;
	}
	lookup_release(its);
	return result;
}

/* What all of them that make a question of a name are given, and how it is traced behind the name. */
#define QUESTION        .name = name, .class = class, .type = type, .answer = answer, .size = size
#define QUESTION_TRACED ARGUMENT(class), ARGUMENT(type), ARGUMENT(answer), ARGUMENT(size)

int wrap_res_query(const char *name, int class, int type, unsigned char *answer, int size)
{
	ATTEND_TRACED(res_query, -1, wrap_res_query(name, class, type, answer, size),
		      ARGUMENT(name), QUESTION_TRACED);

	return query_bounded(CALL_res_query, query_query, &(struct query){QUESTION});
}
CALL_ALIAS(__res_query, res_query);

int wrap_res_search(const char *name, int class, int type, unsigned char *answer, int size)
{
	ATTEND_TRACED(res_search, -1, wrap_res_search(name, class, type, answer, size),
		      ARGUMENT(name), QUESTION_TRACED);

	return query_bounded(CALL_res_search, query_search, &(struct query){QUESTION});
}
CALL_ALIAS(__res_search, res_search);

int wrap_res_querydomain(const char *name, const char *domain, int class, int type,
			 unsigned char *answer, int size)
{
	ATTEND_TRACED(res_querydomain, -1,
		      wrap_res_querydomain(name, domain, class, type, answer, size),
		      ARGUMENT(name), ARGUMENT(domain), QUESTION_TRACED);

	return query_bounded(CALL_res_querydomain, query_domain,
			     &(struct query){.domain = domain, QUESTION});
}
CALL_ALIAS(__res_querydomain, res_querydomain);

int wrap_res_send(const unsigned char *message, int length, unsigned char *answer, int size)
{
	ATTEND_TRACED(res_send, -1, wrap_res_send(message, length, answer, size),
		      ARGUMENT(message), ARGUMENT(length), ARGUMENT(answer), ARGUMENT(size));

	return query_bounded(CALL_res_send, query_send,
			     &(struct query){.message = message,
					     .message_length = length,
					     .answer = answer,
					     .size = size});
}
CALL_ALIAS(__res_send, res_send);

int wrap_res_nquery(struct __res_state *state, const char *name, int class, int type,
		    unsigned char *answer, int size)
{
	ATTEND_TRACED(res_nquery, -1, wrap_res_nquery(state, name, class, type, answer, size),
		      ARGUMENT(state), ARGUMENT(name), QUESTION_TRACED);

	return query_bounded(CALL_res_nquery, query_query,
			     &(struct query){.state = state, QUESTION});
}
CALL_ALIAS(__res_nquery, res_nquery);

int wrap_res_nsearch(struct __res_state *state, const char *name, int class, int type,
		     unsigned char *answer, int size)
{
	ATTEND_TRACED(res_nsearch, -1, wrap_res_nsearch(state, name, class, type, answer, size),
		      ARGUMENT(state), ARGUMENT(name), QUESTION_TRACED);

	return query_bounded(CALL_res_nsearch, query_search,
			     &(struct query){.state = state, QUESTION});
}
CALL_ALIAS(__res_nsearch, res_nsearch);

int wrap_res_nquerydomain(struct __res_state *state, const char *name, const char *domain,
			  int class, int type, unsigned char *answer, int size)
{
	ATTEND_TRACED(res_nquerydomain, -1,
		      wrap_res_nquerydomain(state, name, domain, class, type, answer, size),
		      ARGUMENT(state), ARGUMENT(name), ARGUMENT(domain), QUESTION_TRACED);

	return query_bounded(CALL_res_nquerydomain, query_domain,
			     &(struct query){.state = state, .domain = domain, QUESTION});
}
CALL_ALIAS(__res_nquerydomain, res_nquerydomain);

int wrap_res_nsend(struct __res_state *state, const unsigned char *message, int length,
		   unsigned char *answer, int size)
{
	ATTEND_TRACED(res_nsend, -1, wrap_res_nsend(state, message, length, answer, size),
		      ARGUMENT(state), ARGUMENT(message), ARGUMENT(length), ARGUMENT(answer),
		      ARGUMENT(size));

	return query_bounded(CALL_res_nsend, query_send,
			     &(struct query){.state = state,
					     .message = message,
					     .message_length = length,
					     .answer = answer,
					     .size = size});
}
CALL_ALIAS(__res_nsend, res_nsend);

#endif
