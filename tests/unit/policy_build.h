/*
 * Policies of one text, and calls to places, for the tests of policies. Cold.
 */
#ifndef UNIT_POLICY_BUILD_H
#define UNIT_POLICY_BUILD_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "policy/policy.h"
#include "run.h"

/* Build of one text; ends the test where it is wrong. Never freed: a test is a process. */
static inline const struct policy *build_for(const char *rules,
					     const struct policy_program *program)
{
	const struct policy_source source = {"rules", rules, strlen(rules)};
	void *memory = NULL;
	const struct policy *policy = NULL;
	struct policy_error error;
	const size_t size = policy_size(&source, 1);

	ck_assert_int_eq(posix_memalign(&memory, 16, size), 0);
	memset(memory, 0, size);
	errno = 4711;
	ck_assert_msg(policy_build(memory, &source, 1, program, &policy, &error) == 0,
		      "%zu:%zu: %s", error.line, error.column, error.what);
	ck_assert_int_eq(errno, 4711);
	return policy;
}

static inline const struct policy *build(const char *rules)
{
	return build_for(rules, NULL);
}

/* A call; where is ADDRESS:PORT, [V6]:PORT, a path, @NAME, or empty. */
static inline struct policy_call call_to(enum operation operation, const char *where)
{
	static struct sockaddr_storage storage;
	struct policy_call call = {operation, -1, -1, -1, NULL, 0, false};
	struct sockaddr_in *in = (void *)&storage;
	struct sockaddr_in6 *in6 = (void *)&storage;
	struct sockaddr_un *un = (void *)&storage;
	const char *colon = strrchr(where, ':');
	char host[64] = "";

	memset(&storage, 0, sizeof storage);
	call.address = (void *)&storage;
	if (where[0] == '\0') {
		call.address = NULL;
	} else if (where[0] == '/' || where[0] == '@') {
		call.family = un->sun_family = AF_UNIX;
		strcpy(un->sun_path, where);
		call.address_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
						  strlen(where) + (where[0] == '/'));
		if (where[0] == '@')
			un->sun_path[0] = '\0';
	} else if (where[0] == '[') {
		memcpy(host, where + 1, (size_t)(colon - where) - 2);
		call.family = in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)atoi(colon + 1));
		ck_assert_int_eq(inet_pton(AF_INET6, host, &in6->sin6_addr), 1);
		call.address_length = sizeof *in6;
	} else {
		memcpy(host, where, (size_t)(colon - where));
		call.family = in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)atoi(colon + 1));
		ck_assert_int_eq(inet_pton(AF_INET, host, &in->sin_addr), 1);
		call.address_length = sizeof *in;
	}
	return call;
}

#endif
