/*
 * gethostbyname, gethostbyaddr and their kin: bounded where they may go to the network
 * (shim/resolver/lookup.h). Cold.
 *
 * The worker makes the _r call in a buffer as large as the caller's, and placed as it is with
 * regard to alignment, so that the call finds it too small exactly where it would natively; the
 * bytes are then moved, and the pointers in them turned. The functions without _r keep their last
 * result in static storage, each its own, as libc does.
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

#include "base/address.h"
#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/resolver/lookup.h"
#include "shim/resolver/lookup_local.h"

/* libc's first buffer (nss/getXXbyYY.c: BUFLEN). */
#define FIRST_SIZE 1024

/* What is asked for: name, or address. */
struct question {
	const char *name;
	const void *address;
	socklen_t length;
	int family;
	bool family_given; /* gethostbyname2; gethostbyname goes by RES_USE_INET6 in old libcs */
};

struct host_lookup {
	struct lookup lookup;
	struct question question; /* on copies */
	struct hostent entry, *result;
	char *buffer;
	size_t size;
	int host_error, status;
};

static int ask(const struct question *question, struct hostent *entry, char *buffer,
	       size_t size, struct hostent **result, int *host_error)
{
	if (question->address != NULL)
		return REAL(gethostbyaddr_r)(question->address, question->length,
					     question->family, entry, buffer, size, result,
					     host_error);
	if (question->family_given)
		return REAL(gethostbyname2_r)(question->name, question->family, entry, buffer,
					      size, result, host_error);
	return REAL(gethostbyname_r)(question->name, entry, buffer, size, result, host_error);
}

/* Nothing is looked up at all. */
static bool question_is_literal(const struct question *question)
{
	if (question->address == NULL)
		return lookup_name_is_address_of(question->name, question->family);
	/* Anything else is refused at once. */
	return !(question->family == AF_INET && question->length == sizeof(struct in_addr)) &&
	       !(question->family == AF_INET6 && question->length == sizeof(struct in6_addr));
}

static bool question_is_local(const struct question *question)
{
	if (question_is_literal(question))
		return true;
	return question->address != NULL
		       ? lookup_address_is_local(question->address, question->family)
		       : lookup_name_is_local(question->name, question->family);
}

static struct host_lookup *host_new(enum call call, const struct question *question,
				    void (*run)(struct lookup *),
				    void (*discard)(struct lookup *))
{
	struct host_lookup *const its = lookup_new(call, sizeof *its, run, discard);

	if (its == NULL)
		return NULL;
	its->question = *question;
	its->question.name = lookup_keep_string(&its->lookup, question->name);
	if (question->address != NULL) {
		its->question.address =
			lookup_keep(&its->lookup, question->address, question->length);
		address_put_host(&its->lookup.subject, question->family, question->address);
	}
	lookup_name(&its->lookup, question->name);
	lookup_use_thread_state(&its->lookup, false);
	return its;
}

/* pointer, or where it points to after the bytes at its->buffer have been moved to `to`. */
static void *moved(void *pointer, const struct host_lookup *its, char *to)
{
	char *const place = pointer;

	return place >= its->buffer && place < its->buffer + its->size
		       ? to + (place - its->buffer)
		       : pointer;
}

static char **list_moved(char **list, const struct host_lookup *its, char *to)
{
	char **const there = moved(list, its, to);

	if (there != list)
		for (char **item = there; *item != NULL; item++)
			*item = moved(*item, its, to);
	return there;
}

/* The result, with its bytes, to entry and `to`, which has room for its->size. */
static void host_move(const struct host_lookup *its, struct hostent *entry, char *to)
{
	memcpy(to, its->buffer, its->size);
	*entry = *its->result;
	entry->h_name = moved(entry->h_name, its, to);
	entry->h_aliases = list_moved(entry->h_aliases, its, to);
	entry->h_addr_list = list_moved(entry->h_addr_list, its, to);
}

static void reentrant_run(struct lookup *lookup)
{
	struct host_lookup *const its = (struct host_lookup *)lookup;

	its->status = ask(&its->question, &its->entry, its->buffer, its->size, &its->result,
			  &its->host_error);
}

/* Room for size bytes, as far from a multiple of the largest alignment as buffer is. */
static char *keep_room(struct lookup *lookup, const char *buffer, size_t size)
{
	const size_t alignment = _Alignof(max_align_t);
	char *const room = size < SIZE_MAX - alignment
				   ? lookup_keep(lookup, NULL, size + alignment)
				   : NULL;

	return room != NULL ? room + (uintptr_t)buffer % alignment : NULL;
}

static int host_reentrant(enum call call, const struct question *question,
			  struct hostent *entry, char *buffer, size_t size,
			  struct hostent **result, int *host_error)
{
	struct host_lookup *its;
	int64_t begun = 0;
	int status = 0;

	if (!question_is_literal(question) && lookup_fault(call, question->name, &begun) != 0) {
		*host_error = h_errno;
		*result = NULL;
		/* As nss/getXXbyYY_r.c has it. */
		return h_errno == TRY_AGAIN ? EAGAIN : h_errno == NETDB_INTERNAL ? errno : 0;
	}
	if (!lookup_bounded() || size >= SIZE_MAX / 2 || question_is_local(question))
		return ask(question, entry, buffer, size, result, host_error);
	its = host_new(call, question, reentrant_run, NULL);
	lookup_begun(its, begun);
	if (its != NULL) {
		its->size = size;
		its->buffer = keep_room(&its->lookup, buffer, size);
		its->host_error = *host_error;
	}
	switch (its == NULL ? LOOKUP_NATIVE : lookup_run(its)) {
	case LOOKUP_DONE:
		status = its->status;
		*host_error = its->host_error;
		*result = its->result != NULL ? entry : NULL;
		if (its->result != NULL)
			host_move(its, entry, buffer);
		break;
	case LOOKUP_TIMED_OUT:
		/* As for any other TRY_AGAIN (nss/getXXbyYY_r.c). */
		status = EAGAIN;
		*host_error = TRY_AGAIN;
		*result = NULL;
		break;
	default:
		status = ask(question, entry, buffer, size, result, host_error);
		break;
	}
	lookup_release(its);
	return status;
}

static void static_run(struct lookup *lookup)
{
	struct host_lookup *const its = (struct host_lookup *)lookup;
	int status;

	its->size = FIRST_SIZE / 2;
	do {
		its->size *= 2;
		free(its->buffer);
		its->buffer = malloc(its->size);
		if (its->buffer == NULL) {
			its->result = NULL;
			break;
		}
		status = ask(&its->question, &its->entry, its->buffer, its->size, &its->result,
			     &its->host_error);
	} while (status == ERANGE && its->host_error == NETDB_INTERNAL);
	if (its->host_error != 0)
		h_errno = its->host_error;
}

static void static_discard(struct lookup *lookup)
{
	free(((struct host_lookup *)lookup)->buffer);
}

/* The last result of one of the functions. */
struct kept {
	struct hostent entry;
	char *buffer;
	size_t size;
};

/* Valid until the next call, as natively; NULL with no memory. */
static struct hostent *keep(struct kept *kept, const struct host_lookup *its)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct hostent *result = NULL;
	sigset_t all, before;

	/* Not to be left by a handler's siglongjmp while it is held. */
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	(void)pthread_mutex_lock(&lock);
	if (its->size > kept->size) {
		char *const larger = realloc(kept->buffer, its->size);

		if (larger != NULL) {
			kept->buffer = larger;
			kept->size = its->size;
		}
	}
	if (its->size <= kept->size) {
		host_move(its, &kept->entry, kept->buffer);
		result = &kept->entry;
	}
	(void)pthread_mutex_unlock(&lock);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

/* The lookup of a function without _r: true with *result, or false: make the real call. */
static bool host_static(enum call call, const struct question *question, struct kept *kept,
			struct hostent **result)
{
	struct host_lookup *its;
	int64_t begun = 0;
	bool done = true;

	*result = NULL;
	if (!question_is_literal(question) && lookup_fault(call, question->name, &begun) != 0)
		return true;
	if (!lookup_bounded() || question_is_local(question))
		return false;
	its = host_new(call, question, static_run, static_discard);
	lookup_begun(its, begun);
	switch (lookup_run(its)) {
	case LOOKUP_DONE:
		if (its->result != NULL)
			*result = keep(kept, its);
		break;
	case LOOKUP_TIMED_OUT:
		break;
	default:
		done = false;
		break;
	}
	lookup_release(its);
	return done;
}

struct hostent *wrap_gethostbyname(const char *name)
{
	ATTEND_TRACED(gethostbyname, NULL, wrap_gethostbyname(name), ARGUMENT(name));

	static struct kept kept;
	const struct question question = {.name = name, .family = AF_INET};
	struct hostent *result;

	return host_static(CALL_gethostbyname, &question, &kept, &result)
		       ? result
		       : REAL(gethostbyname)(name);
}

struct hostent *wrap_gethostbyname2(const char *name, int family)
{
	ATTEND_TRACED(gethostbyname2, NULL, wrap_gethostbyname2(name, family), ARGUMENT(name),
		      ARGUMENT(family));

	static struct kept kept;
	const struct question question = {.name = name, .family = family, .family_given = true};
	struct hostent *result;

	return host_static(CALL_gethostbyname2, &question, &kept, &result)
		       ? result
		       : REAL(gethostbyname2)(name, family);
}

struct hostent *wrap_gethostbyaddr(const void *address, socklen_t length, int family)
{
	ATTEND_TRACED(gethostbyaddr, NULL, wrap_gethostbyaddr(address, length, family),
		      ARGUMENT(address), ARGUMENT(length), ARGUMENT(family));

	static struct kept kept;
	const struct question question = {
		.address = address, .length = length, .family = family};
	struct hostent *result;

	return host_static(CALL_gethostbyaddr, &question, &kept, &result)
		       ? result
		       : REAL(gethostbyaddr)(address, length, family);
}

int wrap_gethostbyname_r(const char *name, struct hostent *entry, char *buffer, size_t size,
			 struct hostent **result, int *host_error)
{
	ATTEND_TRACED(gethostbyname_r, EAGAIN,
		      wrap_gethostbyname_r(name, entry, buffer, size, result, host_error),
		      ARGUMENT(name), ARGUMENT(entry), ARGUMENT(buffer), ARGUMENT(size),
		      ARGUMENT(result), ARGUMENT(host_error));

	const struct question question = {.name = name, .family = AF_INET};

	return host_reentrant(CALL_gethostbyname_r, &question, entry, buffer, size, result,
			      host_error);
}

int wrap_gethostbyname2_r(const char *name, int family, struct hostent *entry, char *buffer,
			  size_t size, struct hostent **result, int *host_error)
{
	ATTEND_TRACED(
		gethostbyname2_r, EAGAIN,
		wrap_gethostbyname2_r(name, family, entry, buffer, size, result, host_error),
		ARGUMENT(name), ARGUMENT(family), ARGUMENT(entry), ARGUMENT(buffer),
		ARGUMENT(size), ARGUMENT(result), ARGUMENT(host_error));

	const struct question question = {.name = name, .family = family, .family_given = true};

	return host_reentrant(CALL_gethostbyname2_r, &question, entry, buffer, size, result,
			      host_error);
}

int wrap_gethostbyaddr_r(const void *address, socklen_t length, int family,
			 struct hostent *entry, char *buffer, size_t size,
			 struct hostent **result, int *host_error)
{
	ATTEND_TRACED(gethostbyaddr_r, EAGAIN,
		      wrap_gethostbyaddr_r(address, length, family, entry, buffer, size, result,
					   host_error),
		      ARGUMENT(address), ARGUMENT(length), ARGUMENT(family), ARGUMENT(entry),
		      ARGUMENT(buffer), ARGUMENT(size), ARGUMENT(result), ARGUMENT(host_error));

	const struct question question = {
		.address = address, .length = length, .family = family};

	return host_reentrant(CALL_gethostbyaddr_r, &question, entry, buffer, size, result,
			      host_error);
}
