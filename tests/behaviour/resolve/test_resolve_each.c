/*
 * Every function of the resolver, with three servers that never answer and a search list: the call
 * ends in time, with the error that it natively returns if no server answers.
 */
#include "config.h"

#include <netdb.h>
#include <resolv.h>

#include "resolve/nameserver.h"

/* Each function calls one function of the resolver, and returns true if the error is right. */
static bool ask_address(void)
{
	struct addrinfo *list;

	return getaddrinfo("www", "80", NULL, &list) == EAI_AGAIN;
}

static bool ask_name(void)
{
	const struct sockaddr_in address = loopback(0);
	struct sockaddr_in other = address;
	char host[100];

	other.sin_addr.s_addr = htonl(0xc0000263);
	return getnameinfo((struct sockaddr *)&other, sizeof other, host, sizeof host, NULL, 0,
			   0) == EAI_AGAIN;
}

static bool ask_byname(void)
{
	return gethostbyname("www") == NULL && h_errno == TRY_AGAIN;
}

static bool ask_byname2(void)
{
	return gethostbyname2("www", AF_INET6) == NULL && h_errno == TRY_AGAIN;
}

static const unsigned char address99[] = {192, 0, 2, 99};

static bool ask_byaddr(void)
{
	return gethostbyaddr(address99, 4, AF_INET) == NULL && h_errno == TRY_AGAIN;
}

static bool ask_reentrant(int which)
{
	struct hostent entry, *result = &entry;
	char buffer[1000];
	int host_error = 0, status;

	if (which == 0)
		status = gethostbyname_r("www", &entry, buffer, sizeof buffer, &result,
					 &host_error);
	else if (which == 1)
		status = gethostbyname2_r("www", AF_INET, &entry, buffer, sizeof buffer,
					  &result, &host_error);
	else
		status = gethostbyaddr_r(address99, 4, AF_INET, &entry, buffer, sizeof buffer,
					 &result, &host_error);
	return status == EAGAIN && result == NULL && host_error == TRY_AGAIN;
}

static bool ask_byname_r(void)
{
	return ask_reentrant(0);
}

static bool ask_byname2_r(void)
{
	return ask_reentrant(1);
}

static bool ask_byaddr_r(void)
{
	return ask_reentrant(2);
}

static unsigned char answer[512];

static bool ask_query(void)
{
	return res_query("www.test", ns_c_in, ns_t_a, answer, sizeof answer) == -1 &&
	       h_errno == TRY_AGAIN && _res.res_h_errno == TRY_AGAIN;
}

static bool ask_search(void)
{
	return res_search("www", ns_c_in, ns_t_a, answer, sizeof answer) == -1 &&
	       h_errno == TRY_AGAIN;
}

static bool ask_domain(void)
{
	return res_querydomain("www", "test", ns_c_in, ns_t_a, answer, sizeof answer) == -1;
}

static bool ask_send(void)
{
	unsigned char question[512];
	const int length = res_mkquery(ns_o_query, "www.test", ns_c_in, ns_t_a, NULL, 0, NULL,
				       question, sizeof question);

	return length > 0 && res_send(question, length, answer, sizeof answer) == -1;
}

static bool ask_with_state(int which)
{
	struct __res_state state = {.options = 0};
	unsigned char question[512];
	int length, result;

	ck_assert_int_eq(res_ninit(&state), 0);
	length = res_nmkquery(&state, ns_o_query, "www.test", ns_c_in, ns_t_a, NULL, 0, NULL,
			      question, sizeof question);
	result = which == 0   ? res_nquery(&state, "www.test", ns_c_in, ns_t_a, answer, 512)
		 : which == 1 ? res_nsearch(&state, "www", ns_c_in, ns_t_a, answer, 512)
		 : which == 2
			 ? res_nquerydomain(&state, "www", "test", ns_c_in, ns_t_a, answer, 512)
			 : res_nsend(&state, question, length, answer, 512);
	if (errno != ETIMEDOUT || state.res_h_errno != TRY_AGAIN)
		result = 0;
	res_nclose(&state);
	errno = ETIMEDOUT;
	return result == -1;
}

static bool ask_nquery(void)
{
	return ask_with_state(0);
}

static bool ask_nsearch(void)
{
	return ask_with_state(1);
}

static bool ask_ndomain(void)
{
	return ask_with_state(2);
}

static bool ask_nsend(void)
{
	return ask_with_state(3);
}

static bool (*const asks[])(void) = {ask_address, ask_name,     ask_byname,    ask_byname2,
				     ask_byaddr,  ask_byname_r, ask_byname2_r, ask_byaddr_r,
				     ask_query,   ask_search,   ask_domain,    ask_send,
				     ask_nquery,  ask_nsearch,  ask_ndomain,   ask_nsend};
#define ASKS (int)(sizeof asks / sizeof *asks)

BEHAVIOUR_LOOP(each_ends, SHORT, ASKS)
{
	double started;
	bool right;

	resolv_conf(DEAD "search one.test two.test three.test\n");
	started = now_ms();
	errno = EXDEV;
	right = asks[_i]();
	ck_timed_out(right ? -1 : 0, started);
}

int main(int argc, char **argv)
{
	return nameserver_main(argc, argv, "each function of the resolver");
}
