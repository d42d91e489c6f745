/*
 * Copies the resolver's state. Cold; owns no state.
 *
 * Besides values, a struct __res_state contains sockets (the copy has none), the addresses of IPv6
 * servers (copied), pointers into its search list (adjusted to the copy), and an index of libc's
 * extended configuration, which has a reference count. The copy gets its own index from res_ninit;
 * libc uses the extended configuration if it agrees with the values (resolv/resolv_conf.c:
 * __resolv_conf_get). The original's index would be invalid once the original is gone.
 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "calls/real.h"
#include "shim/resolver/lookup_state.h"

#ifdef HAVE_RES_QUERY

void lookup_state_refresh(bool query)
{
	const int saved_errno = errno, saved_host_error = h_errno;
	unsigned char message[NS_PACKETSZ];
	struct hostent entry, *result;
	char buffer[256];
	int host_error;

	if (query)
		(void)res_mkquery(QUERY, ".", C_IN, T_A, NULL, 0, NULL, message,
				  sizeof message);
	/* An address in digits is not looked up, but the state is brought up to date first
	 * (nss/getXXbyYY_r.c: __resolv_context_get). */
	(void)REAL(gethostbyname_r)("0.0.0.0", &entry, buffer, sizeof buffer, &result,
				    &host_error);
	errno = saved_errno;
	h_errno = saved_host_error;
}

static bool copy_search_list(struct lookup_state *state, const struct __res_state *original)
{
	struct __res_state *const copy = &state->resolver;

	for (size_t i = 0; i < MAXDNSRCH && original->dnsrch[i] != NULL; i++) {
		char *const domain = original->dnsrch[i];

		if (domain >= original->defdname &&
		    domain < original->defdname + sizeof original->defdname) {
			copy->dnsrch[i] = copy->defdname + (domain - original->defdname);
			continue;
		}
		state->own_search[i] = strdup(domain);
		if (state->own_search[i] == NULL)
			return false;
		copy->dnsrch[i] = state->own_search[i];
	}
	return true;
}

static bool copy_servers(struct __res_state *copy, const struct __res_state *original)
{
	copy->_vcsock = -1;
	copy->_flags = 0;
	/* 0: res_send makes its list of servers when it first uses the state. */
	copy->_u._ext.nscount = 0;
	for (int i = 0; i < MAXNS; i++) {
		copy->_u._ext.nssocks[i] = -1;
		copy->_u._ext.nsaddrs[i] = NULL;
	}
	for (int i = 0; i < MAXNS && i < original->nscount; i++) {
		const struct sockaddr_in6 *server = original->_u._ext.nsaddrs[i];

		/* nsaddr_list has no room for the address of an IPv6 server. */
		if (original->nsaddr_list[i].sin_family != 0 || server == NULL)
			continue;
		copy->_u._ext.nsaddrs[i] = malloc(sizeof *server);
		if (copy->_u._ext.nsaddrs[i] == NULL)
			return false;
		*copy->_u._ext.nsaddrs[i] = *server;
	}
	return true;
}

/* The index of the extended configuration, which has no name in libc's header. */
#define INDEX(state) ((state)->_u._ext.__glibc_reserved)

/* Copy the values; the copy gets an index of its own. */
static void copy_values(struct __res_state *copy, const struct __res_state *original)
{
	unsigned int index[COUNT_OF(INDEX(copy))] = {0};

	if ((original->options & RES_INIT) != 0 && res_ninit(copy) == 0) {
		memcpy(index, INDEX(copy), sizeof index);
		for (int i = 0; i < MAXNS; i++)
			free(copy->_u._ext.nsaddrs[i]);
	}
	*copy = *original;
	memcpy(INDEX(copy), index, sizeof index);
}

struct lookup_state *lookup_state_copy(const struct __res_state *original)
{
	struct lookup_state *const state = calloc(1, sizeof *state);

	if (state == NULL)
		return NULL;
	copy_values(&state->resolver, original);
	if (!copy_servers(&state->resolver, original) || !copy_search_list(state, original)) {
		lookup_state_free(state);
		return NULL;
	}
	return state;
}

void lookup_state_free(struct lookup_state *state)
{
	if (state == NULL)
		return;
	res_nclose(&state->resolver);
	for (size_t i = 0; i < MAXDNSRCH; i++)
		free(state->own_search[i]);
	free(state);
}

/* Adjust the pointers into the search list, after a copy from `from` to `to`. */
static void moved(struct __res_state *to, const struct __res_state *from)
{
	for (size_t i = 0; i < MAXDNSRCH && to->dnsrch[i] != NULL; i++)
		if (to->dnsrch[i] >= from->defdname &&
		    to->dnsrch[i] < from->defdname + sizeof from->defdname)
			to->dnsrch[i] = to->defdname + (to->dnsrch[i] - from->defdname);
}

void lookup_state_install(struct lookup_state *state)
{
	_res = state->resolver;
	moved(&_res, &state->resolver);
}

void lookup_state_withdraw(struct lookup_state *state)
{
	state->resolver = _res;
	moved(&state->resolver, &_res);
	/* Otherwise the end of the thread would close the sockets (resolv/res-close.c:
	 * __res_thread_freeres). */
	memset(&_res, 0, sizeof _res);
}

#else

/* The lookups of this libc have no state that a program sees. */
void lookup_state_refresh(bool query)
{
	(void)query;
}

struct lookup_state *lookup_state_copy(const struct __res_state *original)
{
	(void)original;
	return calloc(1, sizeof(struct lookup_state));
}

void lookup_state_free(struct lookup_state *state)
{
	free(state);
}

void lookup_state_install(struct lookup_state *state)
{
	(void)state;
}

void lookup_state_withdraw(struct lookup_state *state)
{
	(void)state;
}

#endif
