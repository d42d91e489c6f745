/*
 * The gethostbyname, gethostbyaddr and res_query families, if the servers answer: the results are those
 * of libc's own functions, called directly in the same process, also with buffers of every size.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include "resolve/nameserver.h"

typedef struct hostent *byname_function(const char *);
typedef struct hostent *byname2_function(const char *, int);
typedef struct hostent *byaddr_function(const void *, socklen_t, int);
typedef int byname2_r_function(const char *, int, struct hostent *, char *, size_t,
			       struct hostent **, int *);
typedef int byaddr_r_function(const void *, socklen_t, int, struct hostent *, char *, size_t,
			      struct hostent **, int *);

static void put_entry(char text[4096], const struct hostent *entry)
{
	char address[INET6_ADDRSTRLEN];
	size_t length;

	if (entry == NULL) {
		(void)strcpy(text, "none");
		return;
	}
	length = (size_t)snprintf(text, 4096, "%s %d %d", entry->h_name, entry->h_addrtype,
				  entry->h_length);
	for (char **alias = entry->h_aliases; *alias != NULL; alias++)
		length += (size_t)snprintf(text + length, 4096 - length, " alias %s", *alias);
	for (char **item = entry->h_addr_list; *item != NULL; item++) {
		ck_assert_ptr_nonnull(
			inet_ntop(entry->h_addrtype, *item, address, sizeof address));
		length += (size_t)snprintf(text + length, 4096 - length, " %s", address);
	}
}

static void same_entry(const struct hostent *expected, const struct hostent *seen)
{
	char text[2][4096];

	put_entry(text[0], expected);
	put_entry(text[1], seen);
	ck_assert_str_eq(text[1], text[0]);
}

static const char *const names[] = {"answer.test", "alias.test", "many.test", "answer",
				    "local.test",  "nx.test",    "fail.test", "127.0.0.1",
				    "::1",         "localhost",  "",          "1.2.3"};
#define NAMES (sizeof names / sizeof *names)

BEHAVIOUR_TEST(static_results, ALL)
{
	byname_function *const byname = (byname_function *)libc_function("gethostbyname");
	byname2_function *const byname2 = (byname2_function *)libc_function("gethostbyname2");

	resolv_conf(ANSWERING "search test\n");
	for (size_t i = 0; i < NAMES; i++) {
		int expected;

		h_errno = 77;
		(void)byname(names[i]);
		expected = h_errno;
		h_errno = 77;
		same_entry(byname(names[i]), gethostbyname(names[i]));
		ck_assert_int_eq(h_errno, expected);
		same_entry(byname2(names[i], AF_INET6), gethostbyname2(names[i], AF_INET6));
	}
}

BEHAVIOUR_TEST(static_addresses, ALL)
{
	byaddr_function *const byaddr = (byaddr_function *)libc_function("gethostbyaddr");
	static const char *const texts[] = {"192.0.2.1", "192.0.2.7", "127.0.0.1"};
	unsigned char address[sizeof(struct in6_addr)];

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		ck_assert_int_eq(inet_pton(AF_INET, texts[i], address), 1);
		same_entry(byaddr(address, 4, AF_INET), gethostbyaddr(address, 4, AF_INET));
	}
	ck_assert_int_eq(inet_pton(AF_INET6, "2001:db8::1", address), 1);
	same_entry(byaddr(address, 16, AF_INET6), gethostbyaddr(address, 16, AF_INET6));
	ck_assert_ptr_null(gethostbyaddr(address, 3, AF_INET));
	ck_assert_ptr_null(gethostbyaddr(address, 4, AF_UNIX));
}

/* A result is valid until the next call of the same function, which uses the same storage. */
BEHAVIOUR_TEST(static_storage, ALL)
{
	struct hostent *const first = gethostbyname("answer.test");
	const struct in_addr address = {.s_addr = htonl(0xc0000201)};

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(gethostbyaddr(&address, sizeof address, AF_INET));
	ck_assert_ptr_nonnull(gethostbyname2("many.test", AF_INET));
	ck_assert_str_eq(first->h_name, "answer.test");
	ck_assert_ptr_eq(gethostbyname("alias.test"), first);
	ck_assert_str_eq(first->h_aliases[0], "alias.test");
}

/* One name with a buffer of one size, natively and wrapped. */
static int same_in_room(const char *name, int family, char *buffer, size_t size)
{
	byname2_r_function *const native =
		(byname2_r_function *)libc_function("gethostbyname2_r");
	struct hostent entry[2], *result[2] = {&entry[0], &entry[1]};
	char text[4096];
	int status[2], host_error[2] = {77, 77};

	status[0] = native(name, family, &entry[0], buffer, size, &result[0], &host_error[0]);
	put_entry(text, result[0]);
	memset(buffer, 'x', size);
	buffer[size] = 'y';
	status[1] = gethostbyname2_r(name, family, &entry[1], buffer, size, &result[1],
				     &host_error[1]);
	ck_assert_int_eq(buffer[size], 'y');
	ck_assert_msg(status[1] == status[0], "%s in %zu: %d, not %d", name, size, status[1],
		      status[0]);
	ck_assert_int_eq(host_error[1], host_error[0]);
	ck_assert_int_eq(result[1] == NULL, result[0] == NULL);
	if (result[1] != NULL) {
		char seen[4096];

		ck_assert_ptr_eq(result[1], &entry[1]);
		put_entry(seen, result[1]);
		ck_assert_str_eq(seen, text);
	}
	return status[1];
}

BEHAVIOUR_TEST(reentrant_room, ALL)
{
	static char room[4096];
	bool small = false, enough = false;

	resolv_conf(ANSWERING "search test\n");
	for (size_t i = 0; i < NAMES; i++)
		for (size_t offset = 0; offset < 3; offset++)
			(void)same_in_room(names[i], i % 2 == 0 ? AF_INET : AF_INET6,
					   room + offset, 2048);
	/* The smallest sufficient size, at several alignments. */
	for (size_t offset = 0; offset < 8; offset += 3)
		for (size_t size = 0; size < 480; size += 9) {
			const int status =
				same_in_room("alias.test", AF_INET, room + offset, size);

			small = small || status == ERANGE;
			enough = enough || status == 0;
		}
	ck_assert(small && enough);
}

BEHAVIOUR_TEST(reentrant_addresses, ALL)
{
	byaddr_r_function *const native = (byaddr_r_function *)libc_function("gethostbyaddr_r");
	static const char *const texts[] = {"192.0.2.1", "192.0.2.7", "127.0.0.1"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct hostent entry[2], *result[2];
		char buffer[2][1024];
		int host_error[2] = {77, 77};
		struct in_addr address;

		ck_assert_int_eq(inet_pton(AF_INET, texts[i], &address), 1);
		ck_assert_int_eq(gethostbyaddr_r(&address, 4, AF_INET, &entry[1], buffer[1],
						 1024, &result[1], &host_error[1]),
				 native(&address, 4, AF_INET, &entry[0], buffer[0], 1024,
					&result[0], &host_error[0]));
		same_entry(result[0], result[1]);
		ck_assert_int_eq(host_error[1], host_error[0]);
	}
}

/* The results of a query: the length, the answer with its header, h_errno. */
struct outcome {
	int length, host_error, own_host_error;
	unsigned char answer[512];
};

static void ask(struct outcome *outcome, const char *function, const char *name)
{
	int (*const query)(const char *, int, int, unsigned char *, int) =
		(int (*)(const char *, int, int, unsigned char *, int))(
			strncmp(function, "libc ", 5) == 0   ? libc_function(function + 5)
			: strcmp(function, "res_query") == 0 ? (void *)res_query
							     : (void *)res_search);

	memset(outcome, 0, sizeof *outcome);
	h_errno = 77;
	outcome->length = query(name, ns_c_in, ns_t_a, outcome->answer, sizeof outcome->answer);
	outcome->host_error = h_errno;
	outcome->own_host_error = _res.res_h_errno;
	/* The id of the message is random. */
	memset(outcome->answer, 0, 2);
}

static void same_outcome(const struct outcome *expected, const struct outcome *seen)
{
	ck_assert_int_eq(seen->length, expected->length);
	ck_assert_int_eq(seen->host_error, expected->host_error);
	ck_assert_int_eq(seen->own_host_error, expected->own_host_error);
	ck_assert_mem_eq(seen->answer, expected->answer, sizeof seen->answer);
}

BEHAVIOUR_TEST(queries, ALL)
{
	static const char *const functions[] = {"libc res_query", "libc res_search"};
	struct outcome expected, seen;

	resolv_conf(ANSWERING "search test\n");
	for (size_t i = 0; i < NAMES; i++)
		for (size_t f = 0; f < 2; f++) {
			ask(&expected, functions[f], names[i]);
			ask(&seen, functions[f] + 5, names[i]);
			same_outcome(&expected, &seen);
		}
	ask(&seen, "res_search", "answer");
	ck_assert_int_gt(seen.length, NS_HFIXEDSZ);
	ck_assert_int_eq(seen.answer[7], 2);
	ask(&seen, "res_query", "nx.test");
	ck_assert_int_eq(seen.length, -1);
	ck_assert_int_eq(seen.answer[3] & 0xf, ns_r_nxdomain);
}

BEHAVIOUR_TEST(queries_with_state, ALL)
{
	struct __res_state state = {.options = 0};
	unsigned char question[512], answer[512];
	int length;

	resolv_conf(DEAD "nameserver ::1\n");
	ck_assert_int_eq(res_ninit(&state), 0);
	state.nsaddr_list[0] =
		(struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(53)};
	ck_assert_int_eq(inet_pton(AF_INET, "127.0.0.2", &state.nsaddr_list[0].sin_addr), 1);
	state.nscount = 1;
	ck_assert_int_gt(res_nquery(&state, "answer.test", ns_c_in, ns_t_a, answer, 512), 12);
	ck_assert_int_gt(res_nsearch(&state, "answer.test", ns_c_in, ns_t_a, answer, 512), 12);
	ck_assert_int_gt(
		res_nquerydomain(&state, "answer", "test", ns_c_in, ns_t_a, answer, 512), 12);
	ck_assert_int_eq(res_nquery(&state, "nx.test", ns_c_in, ns_t_a, answer, 512), -1);
	ck_assert_int_eq(state.res_h_errno, HOST_NOT_FOUND);
	length = res_nmkquery(&state, ns_o_query, "answer.test", ns_c_in, ns_t_aaaa, NULL, 0,
			      NULL, question, sizeof question);
	ck_assert_int_gt(length, 12);
	memset(answer, 0, sizeof answer);
	ck_assert_int_gt(res_nsend(&state, question, length, answer, 512), 12);
	ck_assert_mem_eq(answer, question, 2);
	state.options |= RES_STAYOPEN;
	ck_assert_int_gt(res_nquery(&state, "answer.test", ns_c_in, ns_t_a, answer, 512), 12);
	res_nclose(&state);
	resolv_conf(ANSWERING);
	ck_assert_int_gt(res_querydomain("answer", "test", ns_c_in, ns_t_a, answer, 512), 12);
	ck_assert_int_gt(res_send(question, length, answer, 512), 12);
}

int main(int argc, char **argv)
{
	return nameserver_main(argc, argv, "gethostbyname and res_query");
}
