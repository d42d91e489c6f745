/*
 * getaddrinfo and getnameinfo: bounded where they may go to the network (shim/resolver/lookup.h). Cold.
 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

#include "base/address.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/resolver/lookup.h"
#include "shim/resolver/lookup_local.h"

struct address_lookup {
	struct lookup lookup;
	char *node, *service;
	struct addrinfo *hints, *result;
	int status;
};

static void address_run(struct lookup *lookup)
{
	struct address_lookup *const its = (struct address_lookup *)lookup;

	its->status = REAL(getaddrinfo)(its->node, its->service, its->hints, &its->result);
}

static void address_discard(struct lookup *lookup)
{
	struct address_lookup *const its = (struct address_lookup *)lookup;

	if (its->result != NULL)
		freeaddrinfo(its->result);
}

static struct address_lookup *address_new(const char *node, const char *service,
					  const struct addrinfo *hints)
{
	struct address_lookup *const its =
		lookup_new(CALL_getaddrinfo, sizeof *its, address_run, address_discard);

	if (its == NULL)
		return NULL;
	lookup_name(&its->lookup, node);
	its->node = lookup_keep_string(&its->lookup, node);
	its->service = lookup_keep_string(&its->lookup, service);
	if (hints != NULL)
		its->hints = lookup_keep(&its->lookup, hints, sizeof *hints);
	lookup_use_thread_state(&its->lookup, false);
	return its;
}

/* Nothing is looked up at all. */
static bool address_is_literal(const char *node, const struct addrinfo *hints)
{
	return node == NULL || (hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0) ||
	       lookup_name_is_address(node);
}

static bool address_is_local(const char *node, const struct addrinfo *hints)
{
	return address_is_literal(node, hints) ||
	       lookup_name_is_local(node, hints != NULL ? hints->ai_family : AF_UNSPEC);
}

int wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		     struct addrinfo **result)
{
	ATTEND_TRACED(getaddrinfo, EAI_SYSTEM, wrap_getaddrinfo(node, service, hints, result),
		      ARGUMENT(node), ARGUMENT(service), ARGUMENT(hints), ARGUMENT(result));

	struct address_lookup *its;
	int64_t begun = 0;
	int status = address_is_literal(node, hints)
			     ? 0
			     : lookup_fault(CALL_getaddrinfo, node, &begun);

	if (status != 0)
		return status;
	if (!lookup_bounded() || address_is_local(node, hints))
		return REAL(getaddrinfo)(node, service, hints, result);
	its = address_new(node, service, hints);
	lookup_begun(its, begun);
	switch (lookup_run(its)) {
	case LOOKUP_DONE:
		status = its->status;
		if (status == 0) {
			*result = its->result;
			its->result = NULL;
		}
		break;
	case LOOKUP_TIMED_OUT:
		status = EAI_AGAIN;
		break;
	default:
		status = REAL(getaddrinfo)(node, service, hints, result);
		break;
	}
	lookup_release(its);
	return status;
}

struct name_lookup {
	struct lookup lookup;
	struct sockaddr *address;
	socklen_t address_length, host_size, service_size;
	char *host, *service;
	int flags, status;
};

static void name_run(struct lookup *lookup)
{
	struct name_lookup *const its = (struct name_lookup *)lookup;

	its->status =
		REAL(getnameinfo)(its->address, its->address_length, its->host, its->host_size,
				  its->service, its->service_size, its->flags);
}

/* The host's address, or NULL where getnameinfo has none to look up. */
static const void *name_address(const struct sockaddr *address, socklen_t length)
{
	if (address == NULL || length < sizeof address->sa_family)
		return NULL;
	if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in))
		return &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6))
		return &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	return NULL;
}

/* Nothing is looked up at all. */
static bool name_is_literal(const struct sockaddr *address, socklen_t length, const char *host,
			    socklen_t host_size, int flags)
{
	return name_address(address, length) == NULL ||
	       length > sizeof(struct sockaddr_storage) || host == NULL || host_size == 0 ||
	       (flags & NI_NUMERICHOST) != 0;
}

static bool name_is_local(const struct sockaddr *address, socklen_t length, const char *host,
			  socklen_t host_size, int flags)
{
	if (name_is_literal(address, length, host, host_size, flags))
		return true;
	/* With NI_NOFQDN the machine's own name is looked up too. */
	return (flags & NI_NOFQDN) == 0 &&
	       lookup_address_is_local(name_address(address, length), address->sa_family);
}

static struct name_lookup *name_new(const struct sockaddr *address, socklen_t length,
				    socklen_t host_size, socklen_t service_size)
{
	struct name_lookup *const its =
		lookup_new(CALL_getnameinfo, sizeof *its, name_run, NULL);

	if (its == NULL)
		return NULL;
	address_put(&its->lookup.subject, address, length);
	its->address = lookup_keep(&its->lookup, address, length);
	its->address_length = length;
	its->host_size = host_size;
	its->service_size = service_size;
	lookup_use_thread_state(&its->lookup, false);
	return its;
}

int wrap_getnameinfo(const struct sockaddr *address, socklen_t length, char *host,
		     socklen_t host_size, char *service, socklen_t service_size, int flags)
{
	ATTEND_TRACED(getnameinfo, EAI_SYSTEM,
		      wrap_getnameinfo(address, length, host, host_size, service, service_size,
				       flags),
		      ARGUMENT(address), ARGUMENT(length), ARGUMENT(host), ARGUMENT(host_size),
		      ARGUMENT(service), ARGUMENT(service_size), ARGUMENT(flags));

	struct name_lookup *its;
	int64_t begun = 0;
	int status = name_is_literal(address, length, host, host_size, flags)
			     ? 0
			     : lookup_fault(CALL_getnameinfo, NULL, &begun);

	if (status != 0)
		return status;
	if (!lookup_bounded() || name_is_local(address, length, host, host_size, flags))
		return REAL(getnameinfo)(address, length, host, host_size, service,
					 service_size, flags);
	its = name_new(address, length, host_size, service_size);
	lookup_begun(its, begun);
	if (its != NULL) {
		its->flags = flags;
		its->host = lookup_keep(&its->lookup, NULL, host_size);
		if (service != NULL)
			its->service = lookup_keep(&its->lookup, NULL, service_size);
	}
	switch (its == NULL ? LOOKUP_NATIVE : lookup_run(its)) {
	case LOOKUP_DONE:
		status = its->status;
		if (status == 0)
			strcpy(host, its->host);
		if (status == 0 && service != NULL && service_size > 0)
			strcpy(service, its->service);
		break;
	case LOOKUP_TIMED_OUT:
		status = EAI_AGAIN;
		break;
	default:
		status = REAL(getnameinfo)(address, length, host, host_size, service,
					   service_size, flags);
		break;
	}
	lookup_release(its);
	return status;
}
