/*
 * getaddrinfo and getnameinfo, bounded where they may use the network (shim/resolver/lookup.h). Cold.
 */
#include "config.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/config/hosts.h"
#include "shim/log/traced.h"
#include "shim/resolver/lookup.h"
#include "shim/resolver/lookup_local.h"

/* getaddrinfo's further arguments, and in a copy the list that the worker has found. */
struct address_request {
	struct lookup lookup;
	const char *service;
	const struct addrinfo *hints;
	struct addrinfo **list, *found;
};

static void address_make(struct lookup *lookup)
{
	struct address_request *const its = (struct address_request *)lookup;

	lookup->result = REAL(getaddrinfo)(lookup->name, its->service, its->hints, its->list);
}

static void address_keep(struct lookup *copy)
{
	struct address_request *const its = (struct address_request *)copy;

	its->service = lookup_keep_string(copy, its->service);
	if (its->hints != NULL)
		its->hints = lookup_keep(copy, its->hints, sizeof *its->hints);
	its->list = &its->found;
}

static void address_take(struct lookup *lookup, struct lookup *copy)
{
	struct address_request *const from = (struct address_request *)copy;

	if (lookup->result != 0)
		return;
	*((struct address_request *)lookup)->list = from->found;
	from->found = NULL;
}

static void address_discard(struct lookup *copy)
{
	struct address_request *const its = (struct address_request *)copy;

	if (its->found != NULL)
		freeaddrinfo(its->found);
}

static void address_remember(const struct lookup *lookup)
{
	const struct address_request *const its = (const struct address_request *)lookup;

	if (lookup->result != 0)
		return;
	for (const struct addrinfo *each = *its->list; each != NULL; each = each->ai_next)
		if (each->ai_addr != NULL)
			hosts_remember(lookup->name, each->ai_addr);
}

static const struct lookup_kind address_kind = {
	.size = sizeof(struct address_request),
	.make = address_make,
	.keep = address_keep,
	.take = address_take,
	.discard = address_discard,
	.remember = address_remember,
};

int wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		     struct addrinfo **list)
{
	const struct traced traced = TRACED(getaddrinfo, ARGUMENT(node), ARGUMENT(service),
					    ARGUMENT(hints), ARGUMENT(list));
	const int flags = hints != NULL ? hints->ai_flags : 0;
	struct address_request request = {
		.lookup = {.kind = &address_kind,
			   .is_literal = node == NULL || (flags & AI_NUMERICHOST) != 0 ||
					 lookup_name_is_address(node),
			   .name = node,
			   .family = hints != NULL ? hints->ai_family : AF_UNSPEC},
		.service = service,
		.hints = hints,
		.list = list};

	return (int)lookup_make(&request.lookup, &traced);
}

/* getnameinfo's arguments. */
struct name_request {
	struct lookup lookup;
	const struct sockaddr *address;
	socklen_t length;
	char *host;
	socklen_t host_size;
	char *service;
	socklen_t service_size;
	int flags;
};

static void name_make(struct lookup *lookup)
{
	struct name_request *const its = (struct name_request *)lookup;

	lookup->result = REAL(getnameinfo)(its->address, its->length, its->host, its->host_size,
					   its->service, its->service_size, its->flags);
}

static void name_keep(struct lookup *copy)
{
	struct name_request *const its = (struct name_request *)copy;

	its->address = lookup_keep(copy, its->address, its->length);
	its->host = lookup_keep(copy, NULL, its->host_size);
	if (its->service != NULL)
		its->service = lookup_keep(copy, NULL, its->service_size);
}

static void name_take(struct lookup *lookup, struct lookup *copy)
{
	const struct name_request *const to = (const struct name_request *)lookup;
	const struct name_request *const from = (const struct name_request *)copy;

	if (lookup->result != 0)
		return;
	strcpy(to->host, from->host);
	if (to->service != NULL && to->service_size > 0)
		strcpy(to->service, from->service);
}

static const struct lookup_kind name_kind = {
	.size = sizeof(struct name_request),
	.make = name_make,
	.keep = name_keep,
	.take = name_take,
};

/* The IP address, or NULL where getnameinfo has none to look up. */
static const void *host_address(const struct sockaddr *address, socklen_t length)
{
	if (address == NULL || length < sizeof address->sa_family)
		return NULL;
	if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in))
		return &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6))
		return &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	return NULL;
}

static bool is_literal(const struct name_request *its)
{
	return its->lookup.address == NULL || its->length > sizeof(struct sockaddr_storage) ||
	       its->host == NULL || its->host_size == 0 || (its->flags & NI_NUMERICHOST) != 0;
}

static int name(const struct traced *traced, struct name_request *its)
{
	struct lookup *const lookup = &its->lookup;

	lookup->kind = &name_kind;
	lookup->address = host_address(its->address, its->length);
	lookup->is_literal = is_literal(its);
	lookup->family = lookup->address != NULL ? its->address->sa_family : AF_UNSPEC;
	/* With NI_NOFQDN getnameinfo looks up the host's own name too. */
	lookup->needs_network = (its->flags & NI_NOFQDN) != 0;
	return (int)lookup_make(lookup, traced);
}

int wrap_getnameinfo(const struct sockaddr *address, socklen_t length, char *host,
		     socklen_t host_size, char *service, socklen_t service_size, int flags)
{
	const struct traced traced =
		TRACED(getnameinfo, ARGUMENT(address), ARGUMENT(length), ARGUMENT(host),
		       ARGUMENT(host_size), ARGUMENT(service), ARGUMENT(service_size),
		       ARGUMENT(flags));

	return name(&traced, &(struct name_request){.address = address,
						    .length = length,
						    .host = host,
						    .host_size = host_size,
						    .service = service,
						    .service_size = service_size,
						    .flags = flags});
}
