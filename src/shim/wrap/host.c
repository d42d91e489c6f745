/*
 * The gethostbyname and gethostbyaddr families, bounded where they may use the network
 * (shim/resolver/lookup.h). Cold.
 *
 * The worker calls the _r function with a buffer of the size and the alignment of the caller's
 * buffer, so the buffer is too small exactly where it would be natively. Then the bytes are moved,
 * and the pointers in them adjusted. The functions without _r keep their last result in static
 * storage, each its own, as libc does.
 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/config/hosts.h"
#include "shim/log/traced.h"
#include "shim/resolver/lookup.h"
#include "shim/resolver/lookup_local.h"

/* The size of libc's first buffer (nss/getXXbyYY.c: BUFLEN). */
#define FIRST_SIZE 1024

/* The static storage of a function without _r. */
struct kept {
	struct hostent entry;
	char *buffer;
	size_t size;
};

struct host_request {
	struct lookup lookup;
	socklen_t length;  /* of the address */
	struct kept *kept; /* NULL: an _r function */

	/* The _r functions' further arguments. */
	struct hostent *entry;
	char *buffer;
	size_t size;
	struct hostent **found;
	int *host_error;

	/* In a copy: where the worker's call puts its results. */
	struct hostent own_entry, *own_found;
	int own_host_error;
};

static int call_r(const struct host_request *its)
{
	const struct lookup *const lookup = &its->lookup;

	switch (lookup->call) {
	case CALL_gethostbyaddr:
	case CALL_gethostbyaddr_r:
		return REAL(gethostbyaddr_r)(lookup->address, its->length, lookup->family,
					     its->entry, its->buffer, its->size, its->found,
					     its->host_error);
	case CALL_gethostbyname2:
	case CALL_gethostbyname2_r:
		return REAL(gethostbyname2_r)(lookup->name, lookup->family, its->entry,
					      its->buffer, its->size, its->found,
					      its->host_error);
	default:
		return REAL(gethostbyname_r)(lookup->name, its->entry, its->buffer, its->size,
					     its->found, its->host_error);
	}
}

static struct hostent *call_static(const struct host_request *its)
{
	const struct lookup *const lookup = &its->lookup;

	switch (lookup->call) {
	case CALL_gethostbyaddr:
		return REAL(gethostbyaddr)(lookup->address, its->length, lookup->family);
	case CALL_gethostbyname2:
		return REAL(gethostbyname2)(lookup->name, lookup->family);
	default:
		return REAL(gethostbyname)(lookup->name);
	}
}

/* A larger buffer, as libc does for the functions without _r; false without memory. */
static bool grow(struct host_request *its)
{
	free(its->buffer);
	its->size = its->size == 0 ? FIRST_SIZE : 2 * its->size;
	its->buffer = malloc(its->size);
	return its->buffer != NULL;
}

static void host_make(struct lookup *lookup)
{
	struct host_request *const its = (struct host_request *)lookup;

	if (its->kept == NULL) {
		lookup->result = call_r(its);
	} else if (lookup->job == NULL) {
		lookup->result = (intptr_t)call_static(its);
	} else {
		while (grow(its) && call_r(its) == ERANGE &&
		       its->own_host_error == NETDB_INTERNAL)
			;
		if (its->own_host_error != 0)
			h_errno = its->own_host_error;
	}
}

/* Size bytes with the alignment of the caller's buffer; a size that is too large gives NULL. */
static char *keep_room(struct lookup *copy, const char *buffer, size_t size)
{
	const size_t alignment = _Alignof(max_align_t);
	char *const room = lookup_keep(
		copy, NULL, size < SIZE_MAX - alignment ? size + alignment : SIZE_MAX);

	return room != NULL ? room + (uintptr_t)buffer % alignment : NULL;
}

static void host_keep(struct lookup *copy)
{
	struct host_request *const its = (struct host_request *)copy;

	if (its->kept == NULL) {
		its->buffer = keep_room(copy, its->buffer, its->size);
		its->own_host_error = *its->host_error;
	}
	its->entry = &its->own_entry;
	its->found = &its->own_found;
	its->host_error = &its->own_host_error;
}

static void host_discard(struct lookup *copy)
{
	struct host_request *const its = (struct host_request *)copy;

	if (its->kept != NULL)
		free(its->buffer);
}

static void host_fail(struct lookup *lookup, int error)
{
	const struct host_request *const its = (const struct host_request *)lookup;

	(void)error;
	lookup->result = 0;
	if (its->kept != NULL)
		return;
	*its->host_error = h_errno;
	*its->found = NULL;
	/* As in nss/getXXbyYY_r.c. */
	lookup->result = h_errno == TRY_AGAIN ? EAGAIN : h_errno == NETDB_INTERNAL ? errno : 0;
}

/* A pointer into from->buffer, after its bytes have been copied to `to`; others are unchanged. */
static void *moved(void *pointer, const struct host_request *from, char *to)
{
	char *const place = pointer;

	return place >= from->buffer && place < from->buffer + from->size
		       ? to + (place - from->buffer)
		       : pointer;
}

static char **list_moved(char **list, const struct host_request *from, char *to)
{
	char **const there = moved(list, from, to);

	if (there != list)
		for (char **item = there; *item != NULL; item++)
			*item = moved(*item, from, to);
	return there;
}

/* Move the result to entry, and its bytes to `to`, which has room for from->size. */
static void host_move(const struct host_request *from, struct hostent *entry, char *to)
{
	memcpy(to, from->buffer, from->size);
	*entry = from->own_entry;
	entry->h_name = moved(entry->h_name, from, to);
	entry->h_aliases = list_moved(entry->h_aliases, from, to);
	entry->h_addr_list = list_moved(entry->h_addr_list, from, to);
}

/* The result in static storage, valid until the next call, as natively; NULL without memory. */
static struct hostent *keep_result(struct kept *kept, const struct host_request *from)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct hostent *result = NULL;
	sigset_t all, before;

	/* A handler must not leave by siglongjmp while the lock is held. */
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	(void)pthread_mutex_lock(&lock);
	if (from->size > kept->size) {
		char *const larger = realloc(kept->buffer, from->size);

		if (larger != NULL) {
			kept->buffer = larger;
			kept->size = from->size;
		}
	}
	if (from->size <= kept->size) {
		host_move(from, &kept->entry, kept->buffer);
		result = &kept->entry;
	}
	(void)pthread_mutex_unlock(&lock);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

static void host_take(struct lookup *lookup, struct lookup *copy)
{
	const struct host_request *const to = (const struct host_request *)lookup;
	const struct host_request *const from = (const struct host_request *)copy;
	const bool is_found = from->own_found != NULL;

	if (to->kept != NULL) {
		lookup->result = (intptr_t)(is_found ? keep_result(to->kept, from) : NULL);
		return;
	}
	*to->host_error = from->own_host_error;
	*to->found = is_found ? to->entry : NULL;
	if (is_found)
		host_move(from, to->entry, to->buffer);
}

static void host_remember(const struct lookup *lookup)
{
	const struct host_request *const its = (const struct host_request *)lookup;
	const struct hostent *const entry =
		its->kept != NULL ? (const struct hostent *)lookup->result : *its->found;

	if (entry == NULL || (its->kept == NULL && lookup->result != 0))
		return;
	for (char *const *each = entry->h_addr_list; *each != NULL; each++)
		hosts_remember_address(lookup->name, entry->h_addrtype, *each);
}

static const struct lookup_kind host_kind = {
	.size = sizeof(struct host_request),
	.make = host_make,
	.keep = host_keep,
	.take = host_take,
	.discard = host_discard,
	.remember = host_remember,
	.fail = host_fail,
};

static struct lookup by_name(const char *name, int family)
{
	return (struct lookup){.is_literal = lookup_name_is_address_of(name, family),
			       .name = name,
			       .family = family};
}

static struct lookup by_address(const void *address, socklen_t length, int family)
{
	const bool is_valid = (family == AF_INET && length == sizeof(struct in_addr)) ||
			      (family == AF_INET6 && length == sizeof(struct in6_addr));

	/* libc refuses others at once. */
	return (struct lookup){.is_literal = !is_valid, .address = address, .family = family};
}

static intptr_t host(const struct traced *traced, struct host_request *request)
{
	request->lookup.kind = &host_kind;
	return lookup_make(&request->lookup, traced);
}

static struct hostent *host_static(const struct traced *traced, struct lookup lookup,
				   socklen_t length, struct kept *kept)
{
	return (struct hostent *)host(
		traced,
		&(struct host_request){.lookup = lookup, .length = length, .kept = kept});
}

struct hostent *wrap_gethostbyname(const char *name)
{
	const struct traced traced = TRACED(gethostbyname, ARGUMENT(name));
	static struct kept kept;

	return host_static(&traced, by_name(name, AF_INET), 0, &kept);
}

struct hostent *wrap_gethostbyname2(const char *name, int family)
{
	const struct traced traced = TRACED(gethostbyname2, ARGUMENT(name), ARGUMENT(family));
	static struct kept kept;

	return host_static(&traced, by_name(name, family), 0, &kept);
}

struct hostent *wrap_gethostbyaddr(const void *address, socklen_t length, int family)
{
	const struct traced traced =
		TRACED(gethostbyaddr, ARGUMENT(address), ARGUMENT(length), ARGUMENT(family));
	static struct kept kept;

	return host_static(&traced, by_address(address, length, family), length, &kept);
}

static int host_reentrant(const struct traced *traced, struct lookup lookup, socklen_t length,
			  struct hostent *entry, char *buffer, size_t size,
			  struct hostent **found, int *host_error)
{
	return (int)host(traced, &(struct host_request){.lookup = lookup,
							.length = length,
							.entry = entry,
							.buffer = buffer,
							.size = size,
							.found = found,
							.host_error = host_error});
}

/* The last arguments of the _r functions. */
#define RESULT                                                                                 \
	ARGUMENT(entry), ARGUMENT(buffer), ARGUMENT(size), ARGUMENT(found), ARGUMENT(host_error)

int wrap_gethostbyname_r(const char *name, struct hostent *entry, char *buffer, size_t size,
			 struct hostent **found, int *host_error)
{
	const struct traced traced = TRACED(gethostbyname_r, ARGUMENT(name), RESULT);

	return host_reentrant(&traced, by_name(name, AF_INET), 0, entry, buffer, size, found,
			      host_error);
}

int wrap_gethostbyname2_r(const char *name, int family, struct hostent *entry, char *buffer,
			  size_t size, struct hostent **found, int *host_error)
{
	const struct traced traced =
		TRACED(gethostbyname2_r, ARGUMENT(name), ARGUMENT(family), RESULT);

	return host_reentrant(&traced, by_name(name, family), 0, entry, buffer, size, found,
			      host_error);
}

int wrap_gethostbyaddr_r(const void *address, socklen_t length, int family,
			 struct hostent *entry, char *buffer, size_t size,
			 struct hostent **found, int *host_error)
{
	const struct traced traced = TRACED(gethostbyaddr_r, ARGUMENT(address),
					    ARGUMENT(length), ARGUMENT(family), RESULT);

	return host_reentrant(&traced, by_address(address, length, family), length, entry,
			      buffer, size, found, host_error);
}
