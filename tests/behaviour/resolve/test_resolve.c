/*
 * Lookups that are answered: the results, errno and h_errno are those of libc's own functions, called
 * directly in the same process.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include "resolve/nameserver.h"

typedef int getaddrinfo_function(const char *, const char *, const struct addrinfo *,
				 struct addrinfo **);
typedef int getnameinfo_function(const struct sockaddr *, socklen_t, char *, socklen_t, char *,
				 socklen_t, int);

/* Append to text, a buffer of 4096 bytes. */
static void put(char *text, const char *format, long value, const char *string)
{
	const size_t length = strlen(text);

	(void)snprintf(text + length, 4096 - length, format, value, string);
}

static void put_list(char *text, const struct addrinfo *list)
{
	for (; list != NULL; list = list->ai_next) {
		char host[NI_MAXHOST], port[NI_MAXSERV];

		ck_assert_int_eq(getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof host,
					     port, sizeof port,
					     NI_NUMERICHOST | NI_NUMERICSERV),
				 0);
		put(text, "%ld/%s ", list->ai_family, host);
		put(text, "%ld/%s ", list->ai_socktype, port);
		put(text, "%ld/%s\n", list->ai_protocol,
		    list->ai_canonname != NULL ? list->ai_canonname : "-");
	}
}

/* Put all results of a call of getaddrinfo into text. */
static void describe(char *text, getaddrinfo_function *function, const char *node,
		     const char *service, const struct addrinfo *hints)
{
	struct addrinfo *list = NULL;
	int status, error, host_error;

	errno = EXDEV;
	h_errno = 77;
	status = function(node, service, hints, &list);
	error = errno;
	host_error = h_errno;
	text[0] = '\0';
	put(text, "status %ld %s", status, "");
	put(text, "h_errno %ld %s", host_error, "");
	if (status != 0)
		put(text, "errno %ld %s", error, "");
	put(text, "\n%.0ld%s", 0, "");
	if (status == 0) {
		put_list(text, list);
		freeaddrinfo(list);
	}
}

static void same_addresses(const char *node, const char *service, const struct addrinfo *hints)
{
	getaddrinfo_function *const native =
		(getaddrinfo_function *)libc_function("getaddrinfo");
	char expected[4096], seen[4096];

	/* Twice, because the first lookup of a process loads libraries, which changes errno. */
	describe(expected, native, node, service, hints);
	describe(expected, native, node, service, hints);
	describe(seen, getaddrinfo, node, service, hints);
	ck_assert_str_eq(seen, expected);
}

BEHAVIOUR_TEST(addresses, ALL)
{
	static const char *const nodes[] = {
		"answer.test", "ANSWER.test.", "alias.test",    "many.test", "local.test",
		"nx.test",     "fail.test",    "answer",        "127.0.0.1", "127.1",
		"::1",         "fe80::1%lo",   "fe80::1%none",  "localhost", "",
		"1.2.3.4 x",   "a b.test",     "\xc3\xa9.test", NULL};
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};
	static const int flags[] = {0,
				    AI_CANONNAME,
				    AI_NUMERICHOST,
				    AI_V4MAPPED | AI_ALL,
				    AI_ADDRCONFIG,
				    AI_CANONNAME | AI_IDN,
				    0x40000000};

	resolv_conf(ANSWERING "search test\n");
	for (size_t n = 0; n < sizeof nodes / sizeof *nodes; n++)
		for (size_t f = 0; f < sizeof families / sizeof *families; f++)
			for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
				const struct addrinfo hints = {.ai_family = families[f],
							       .ai_flags = flags[i]};

				same_addresses(nodes[n], "80", &hints);
			}
	same_addresses("answer.test", NULL, NULL);
	same_addresses("answer.test", "no-such-service", NULL);
	same_addresses("late.test", NULL, NULL);
	same_addresses(NULL, NULL, NULL);
}

BEHAVIOUR_TEST(address_is_right, ALL)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME};
	char seen[4096];

	describe(seen, getaddrinfo, "alias.test", "80", &hints);
	ck_assert_ptr_nonnull(strstr(seen, "/192.0.2.1 1/80 6/"));
	ck_assert_ptr_nonnull(strstr(seen, "/192.0.2.2 1/80 6/"));
	ck_assert_ptr_nonnull(strstr(seen, "/2001:db8::1 1/80 6/"));
	ck_assert_ptr_nonnull(strstr(seen, "/answer.test\n"));
}

static void same_names(const struct sockaddr *address, socklen_t length, socklen_t host_size,
		       socklen_t service_size, int flags)
{
	getnameinfo_function *const native =
		(getnameinfo_function *)libc_function("getnameinfo");
	char host[2][NI_MAXHOST] = {"", ""}, service[2][NI_MAXSERV] = {"", ""};
	int status[2], error[2];

	for (int i = 0; i < 3; i++) {
		/* As above: natively, natively, and wrapped. */
		const int to = i / 2;

		errno = EXDEV;
		status[to] = (to == 0 ? native : getnameinfo)(
			address, length, host[to], host_size, service[to], service_size, flags);
		error[to] = errno;
	}
	ck_assert_int_eq(status[1], status[0]);
	if (status[0] == EAI_SYSTEM)
		ck_assert_int_eq(error[1], error[0]);
	if (status[0] == 0) {
		ck_assert_str_eq(host[1], host[0]);
		ck_assert_str_eq(service[1], service[0]);
	}
}

BEHAVIOUR_TEST(names, ALL)
{
	static const int flags[] = {0,
				    NI_NAMEREQD,
				    NI_NUMERICHOST,
				    NI_NOFQDN,
				    NI_NUMERICSERV,
				    NI_DGRAM,
				    NI_NAMEREQD | NI_NUMERICHOST};
	static const char *const texts[] = {"192.0.2.1", "192.0.2.7", "127.0.0.1"};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/x"};

	for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
		for (size_t a = 0; a < sizeof texts / sizeof *texts; a++) {
			ck_assert_int_eq(inet_pton(AF_INET, texts[a], &four.sin_addr), 1);
			same_names((struct sockaddr *)&four, sizeof four, NI_MAXHOST,
				   NI_MAXSERV, flags[f]);
			same_names((struct sockaddr *)&four, sizeof four, 4, NI_MAXSERV,
				   flags[f]);
			same_names((struct sockaddr *)&four, sizeof four, 0, NI_MAXSERV,
				   flags[f]);
			same_names((struct sockaddr *)&four, 7, NI_MAXHOST, NI_MAXSERV,
				   flags[f]);
		}
		ck_assert_int_eq(inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr), 1);
		same_names((struct sockaddr *)&six, sizeof six, NI_MAXHOST, NI_MAXSERV,
			   flags[f]);
		ck_assert_int_eq(inet_pton(AF_INET6, "fe80::77", &six.sin6_addr), 1);
		six.sin6_scope_id = 1;
		same_names((struct sockaddr *)&six, sizeof six, NI_MAXHOST, NI_MAXSERV,
			   flags[f]);
		same_names((struct sockaddr *)&local, sizeof local, NI_MAXHOST, NI_MAXSERV,
			   flags[f]);
	}
}

/* Lookups use the servers, the options and the search list of the thread's own _res. */
BEHAVIOUR_TEST(state_of_thread, ALL)
{
	struct addrinfo *list;
	static char domain[] = "test";

	resolv_conf(DEAD);
	ck_assert_int_eq(res_init(), 0);
	ck_assert_int_eq(inet_pton(AF_INET, "127.0.0.3", &_res.nsaddr_list[0].sin_addr), 1);
	_res.nscount = 1;
	ck_assert_int_eq(getaddrinfo("answer.test", NULL, NULL, &list), 0);
	freeaddrinfo(list);
	_res.dnsrch[0] = domain;
	_res.dnsrch[1] = NULL;
	ck_assert_int_eq(getaddrinfo("answer", NULL, NULL, &list), 0);
	freeaddrinfo(list);
	ck_assert_ptr_nonnull(gethostbyname("answer"));
	_res.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
	ck_assert_int_eq(getaddrinfo("answer", NULL, NULL, &list), EAI_NONAME);
	ck_assert_ptr_null(gethostbyname("answer"));
	ck_assert_int_eq(h_errno, HOST_NOT_FOUND);
	ck_assert_int_eq(_res.nscount, 1);
	ck_assert_ptr_eq(_res.dnsrch[0], domain);
}

/* An unchanged _res follows resolv.conf when the file changes, also to an IPv6 server. */
BEHAVIOUR_TEST(state_follows_file, ALL)
{
	struct addrinfo *list;

	resolv_conf(ANSWERING "nameserver ::1\nsearch nowhere\n");
	ck_assert_int_eq(getaddrinfo("answer", NULL, NULL, &list), EAI_NONAME);
	ck_assert_str_eq(_res.dnsrch[0], "nowhere");
	ck_assert_int_eq(_res.nscount, 2);
	resolv_conf("nameserver ::1\n" ANSWERING "search elsewhere test\n");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(getaddrinfo("answer", NULL, NULL, &list), 0);
		freeaddrinfo(list);
		ck_assert_str_eq(_res.dnsrch[1], "test");
		ck_assert_ptr_eq(_res.dnsrch[0], _res.defdname);
	}
	resolv_conf(ANSWERING);
	ck_assert_int_eq(getaddrinfo("answer", NULL, NULL, &list), EAI_NONAME);
	ck_assert_int_eq(_res.nscount, 1);
}

int main(int argc, char **argv)
{
	return nameserver_main(argc, argv, "lookups that are answered");
}
