/*
 * constants: that names and values find each other, which of several names is preferred, and how
 * flags and what has no name are put. That the values are right is asserted when the tables are
 * compiled, and that they are complete is for scripts/compare-constants. Cold.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "constants/constants.h"
#include "run.h"

/* A text with room for what any of these tests puts. */
struct sample {
	char buffer[256];
	struct text text;
};

static void sample_begin(struct sample *sample)
{
	text_begin(&sample->text, sample->buffer, sizeof(sample->buffer));
}

START_TEST(every_name_finds_its_value)
{
	size_t count;
	const struct constant *constants = constants_of((enum constant_family)_i, &count);

	ck_assert_uint_gt(count, 0);
	for (size_t i = 0; i < count; i++) {
		const char *name = constants[i].name;
		size_t length = strlen(name);
		int64_t value = ~constants[i].value;

		ck_assert_uint_lt(length, CONSTANTS_NAME_SIZE);
		ck_assert_msg(constants_value((enum constant_family)_i, name, length, &value),
			      "%s is not found", name);
		ck_assert_msg(value == constants[i].value, "%s has another value", name);
		/* Exactly these bytes: neither a part of a name nor a name and more. */
		value = 4711;
		ck_assert(!constants_value((enum constant_family)_i, name, 0, &value));
		ck_assert(!constants_value((enum constant_family)_i, name, length + 1, &value));
		ck_assert_int_eq(value, 4711);
	}
}
END_TEST

/* A value is named by the first name that has it and is not aside; only what is aside has none. */
START_TEST(every_value_finds_its_first_name)
{
	size_t count;
	const struct constant *constants = constants_of((enum constant_family)_i, &count);

	for (size_t i = 0; i < count; i++) {
		const char *expected = NULL;
		const char *name = constants_name((enum constant_family)_i, constants[i].value);

		for (size_t j = 0; j < count && expected == NULL; j++)
			if (constants[j].value == constants[i].value && !constants[j].aside)
				expected = constants[j].name;
		ck_assert_pstr_eq(name, expected);
		ck_assert(name != NULL || constants[i].aside);
	}
}
END_TEST

START_TEST(what_is_no_family_is_empty)
{
	size_t count = 1;
	int64_t value = 4711;

	ck_assert_ptr_nonnull(constants_of(CONSTANTS_FAMILY_COUNT, &count));
	ck_assert_uint_eq(count, 0);
	ck_assert_ptr_null(constants_name(CONSTANTS_FAMILY_COUNT, 0));
	ck_assert(!constants_value(CONSTANTS_FAMILY_COUNT, "AF_INET", 7, &value));
}
END_TEST

/* A name is found in its own family only, in its own case, and a long one does no harm. */
START_TEST(what_is_no_name_is_not_found)
{
	static const char too_long[] = "SO_SECURITY_ENCRYPTION_TRANSPORT_AND_MORE_AND_MORE";
	int64_t value = 4711;

	ck_assert(!constants_value(CONSTANTS_AF, "SO_DEBUG", 8, &value));
	ck_assert(!constants_value(CONSTANTS_AF, "af_inet", 7, &value));
	ck_assert(!constants_value(CONSTANTS_AF, "PF_INET", 7, &value));
	ck_assert(!constants_value(CONSTANTS_AF, "AF_INE", 6, &value));
	ck_assert(!constants_value(CONSTANTS_AF, "", 0, &value));
	ck_assert(!constants_value(CONSTANTS_SO, too_long, sizeof(too_long) - 1, &value));
	ck_assert(constants_value(CONSTANTS_AF, "AF_INET6", 7, &value));
	ck_assert_int_eq(value, AF_INET);
}
END_TEST

static const struct preferred {
	enum constant_family family;
	int64_t value;
	const char *name; /* NULL where there is none */
} preferred[] = {
	{CONSTANTS_AF, AF_LOCAL, "AF_UNIX"},
	{CONSTANTS_AF, AF_ROUTE, "AF_NETLINK"},
	{CONSTANTS_AF, -1, NULL},
	{CONSTANTS_SOCK, SOCK_SEQPACKET, "SOCK_SEQPACKET"},
	{CONSTANTS_SOCK, SOCK_CLOEXEC, NULL},
	{CONSTANTS_SOCK_FLAGS, SOCK_CLOEXEC, "SOCK_CLOEXEC"},
	{CONSTANTS_SOL, SOL_SOCKET, "SOL_SOCKET"},
	{CONSTANTS_SO, SO_RCVTIMEO, "SO_RCVTIMEO"},
	{CONSTANTS_SO, SO_GET_FILTER, "SO_ATTACH_FILTER"},
	{CONSTANTS_SO, SO_TIMESTAMP, "SO_TIMESTAMP"},
	{CONSTANTS_SO, SO_DEBUG, "SO_DEBUG"}, /* not SO_J1939_FILTER */
	{CONSTANTS_SO, 0, NULL},              /* not SO_VM_SOCKETS_BUFFER_SIZE */
	{CONSTANTS_SCM, SCM_TIMESTAMP, "SCM_TIMESTAMP"},
	{CONSTANTS_SCM, SCM_RIGHTS, "SCM_RIGHTS"}, /* not SCM_J1939_DEST_ADDR */
	{CONSTANTS_SOL, SOL_IP, "SOL_IP"},         /* not SOL_HCI */
	{CONSTANTS_SOL, 107, "SOL_CAN_J1939"},
	{CONSTANTS_SOCK_FLAGS, 1, NULL},          /* not SOCK_SNDBUF_LOCK */
	{CONSTANTS_NETLINK, 1, "NETLINK_UNUSED"}, /* not NETLINK_ADD_MEMBERSHIP */
	{CONSTANTS_NETLINK, 4, "NETLINK_SOCK_DIAG"},
	{CONSTANTS_PACKET, 1, "PACKET_ADD_MEMBERSHIP"}, /* not PACKET_BROADCAST */
	{CONSTANTS_VMADDR, 2, "VMADDR_CID_HOST"},
	{CONSTANTS_CAN, 1, "CAN_RAW"}, /* not CAN_RAW_FILTER */
	{CONSTANTS_J1939, 0, NULL},
	{CONSTANTS_TIPC, 130, "TIPC_CONN_TIMEOUT"},
	{CONSTANTS_ALG, 2, "ALG_SET_IV"}, /* not ALG_OP_SIGN */
	{CONSTANTS_MSG, MSG_TRYHARD, "MSG_DONTROUTE"},
	{CONSTANTS_MSG, MSG_PEEK | MSG_OOB, NULL},
	{CONSTANTS_IPPROTO, IPPROTO_HOPOPTS, "IPPROTO_IP"},
	{CONSTANTS_IPPORT, IPPORT_SMTP, "IPPORT_SMTP"},
	{CONSTANTS_IPPORT, IPPORT_RESERVED, NULL},
	{CONSTANTS_INADDR, INADDR_NONE, "INADDR_BROADCAST"},
	{CONSTANTS_INADDR, INADDR_LOOPBACK, "INADDR_LOOPBACK"},
	{CONSTANTS_IP, IP_TOS, "IP_TOS"}, /* not IP_PMTUDISC_WANT */
	{CONSTANTS_IP, IP_RECVRETOPTS, "IP_RETOPTS"},
	{CONSTANTS_IP, 0, NULL}, /* not IP_PMTUDISC_DONT */
	{CONSTANTS_IPV6, IPV6_ADD_MEMBERSHIP, "IPV6_JOIN_GROUP"},
	{CONSTANTS_TCP, TCP_NODELAY, "TCP_NODELAY"}, /* not TCP_ESTABLISHED */
	{CONSTANTS_TCP, TCP_MSS, NULL},
	{CONSTANTS_EAI, EAI_AGAIN, "EAI_AGAIN"},
	{CONSTANTS_AI, AI_PASSIVE, "AI_PASSIVE"},
	{CONSTANTS_NI, NI_MAXSERV, "NI_IDN"}, /* both are 32 */
	{CONSTANTS_SOMAXCONN, SOMAXCONN, "SOMAXCONN"},
	{CONSTANTS_ERRNO, EWOULDBLOCK, "EAGAIN"},
	{CONSTANTS_ERRNO, ENOTSUP, "EOPNOTSUPP"},
	{CONSTANTS_ERRNO, EDEADLOCK, "EDEADLK"},
	{CONSTANTS_ERRNO, ETIMEDOUT, "ETIMEDOUT"},
	{CONSTANTS_ERRNO, 0, NULL},
};

START_TEST(the_preferred_name)
{
	ck_assert_pstr_eq(constants_name(preferred[_i].family, preferred[_i].value),
			  preferred[_i].name);
}
END_TEST

static const struct single {
	enum constant_family family;
	int64_t value;
	const char *expected;
} singles[] = {
	{CONSTANTS_AF, AF_INET6, "AF_INET6"},
	{CONSTANTS_AF, 4711, "4711"},
	{CONSTANTS_AF, -1, "-1"},
	{CONSTANTS_ERRNO, 4095, "4095"},
	{CONSTANTS_EAI, -99, "-99"},
	{CONSTANTS_IPPORT, 5432, "5432"},
	{CONSTANTS_TCP, INT64_MIN, "-9223372036854775808"},
	{CONSTANTS_INADDR, 0x0a000001, "0xa000001"},
	{CONSTANTS_INADDR, 0xffffffff, "INADDR_BROADCAST"},
	{CONSTANTS_MSG, MSG_PEEK, "MSG_PEEK"},
	{CONSTANTS_MSG, 0x80000000, "0x80000000"},
	{CONSTANTS_MSG, 0, "0x0"},
	{CONSTANTS_SOCK_FLAGS, 0x10, "0x10"},
	{CONSTANTS_AI, 0x8000, "0x8000"},
	{CONSTANTS_NI, NI_MAXHOST, "0x401"},
};

START_TEST(a_value_is_put)
{
	struct sample sample;

	sample_begin(&sample);
	constants_put(&sample.text, singles[_i].family, singles[_i].value);
	ck_assert_str_eq(sample.buffer, singles[_i].expected);
}
END_TEST

static const struct flags {
	enum constant_family family;
	uint64_t flags;
	const char *expected;
} flags[] = {
	{CONSTANTS_MSG, 0, "0"},
	{CONSTANTS_MSG, MSG_PEEK, "MSG_PEEK"},
	{CONSTANTS_MSG, MSG_WAITALL | MSG_PEEK, "MSG_PEEK|MSG_WAITALL"},
	{CONSTANTS_MSG, MSG_DONTROUTE | MSG_NOSIGNAL, "MSG_DONTROUTE|MSG_NOSIGNAL"},
	{CONSTANTS_MSG, MSG_PROXY | MSG_TRUNC, "MSG_PROXY|MSG_TRUNC"},
	{CONSTANTS_MSG, MSG_PEEK | 0x80000000, "MSG_PEEK|0x80000000"},
	{CONSTANTS_MSG, 0x80000000, "0x80000000"},
	{CONSTANTS_MSG, 0x80020000, "0x80020000"},
	{CONSTANTS_MSG, MSG_OOB | MSG_CMSG_CLOEXEC | 0x80020000,
	 "MSG_OOB|MSG_CMSG_CLOEXEC|0x80020000"},
	{CONSTANTS_MSG, UINT64_C(1) << 63, "0x8000000000000000"},
	{CONSTANTS_SOCK_FLAGS, SOCK_NONBLOCK | SOCK_CLOEXEC, "SOCK_CLOEXEC|SOCK_NONBLOCK"},
	{CONSTANTS_AI, AI_PASSIVE | AI_NUMERICSERV | 0x8000,
	 "AI_PASSIVE|AI_NUMERICSERV|0x8000"},
	{CONSTANTS_NI, NI_IDN | 0x400, "NI_IDN|0x400"}, /* and not NI_MAXHOST, NI_MAXSERV */
	{CONSTANTS_NI, NI_NUMERICHOST | 0x400, "NI_NUMERICHOST|0x400"},
};

START_TEST(flags_are_put)
{
	struct sample sample;

	sample_begin(&sample);
	constants_put_flags(&sample.text, flags[_i].family, flags[_i].flags);
	ck_assert_str_eq(sample.buffer, flags[_i].expected);
}
END_TEST

/* Each known bit comes out under its name, and all of them at once make up the value again. */
START_TEST(all_flags_are_put)
{
	static char buffer[1024];
	struct text text;
	uint64_t all = 0, seen = 0;
	size_t count;
	const struct constant *constants = constants_of(CONSTANTS_MSG, &count);

	for (size_t i = 0; i < count; i++)
		all |= (uint64_t)constants[i].value;
	text_begin(&text, buffer, sizeof(buffer));
	constants_put_flags(&text, CONSTANTS_MSG, all);
	ck_assert(!text.truncated);
	for (char *name = strtok(buffer, "|"); name != NULL; name = strtok(NULL, "|")) {
		int64_t value;

		ck_assert_msg(constants_value(CONSTANTS_MSG, name, strlen(name), &value),
			      "%s is no name", name);
		ck_assert_msg((seen & (uint64_t)value) == 0, "%s comes twice", name);
		seen |= (uint64_t)value;
	}
	ck_assert_uint_eq(seen, all);
}
END_TEST

static const struct socket_type {
	int type;
	const char *expected;
} socket_types[] = {
	{SOCK_STREAM, "SOCK_STREAM"},
	{SOCK_DGRAM | SOCK_CLOEXEC, "SOCK_DGRAM|SOCK_CLOEXEC"},
	{SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, "SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK"},
	{0, "0"},
	{15, "15"},
	{15 | SOCK_NONBLOCK, "15|SOCK_NONBLOCK"},
	{SOCK_RAW | 0x1000, "SOCK_RAW|0x1000"},
	{-1, "15|SOCK_CLOEXEC|SOCK_NONBLOCK|0xfff7f7f0"},
};

START_TEST(a_socket_type_is_put)
{
	struct sample sample;

	sample_begin(&sample);
	constants_put_socket_type(&sample.text, socket_types[_i].type);
	ck_assert_str_eq(sample.buffer, socket_types[_i].expected);
}
END_TEST

/* What does not fit is dropped, nothing is written past the end, and errno is left alone. */
START_TEST(what_does_not_fit_is_dropped)
{
	static const char whole[] = "MSG_PEEK|MSG_WAITALL|0x80000000";
	const uint64_t put = MSG_PEEK | MSG_WAITALL | 0x80000000;
	char buffer[sizeof(whole) + 1];
	struct text text;

	errno = ENOTSOCK;
	for (size_t capacity = 1; capacity <= sizeof(whole); capacity++) {
		memset(buffer, '#', sizeof(buffer));
		text_begin(&text, buffer, capacity);
		constants_put_flags(&text, CONSTANTS_MSG, put);
		ck_assert_uint_lt(text.length, capacity);
		ck_assert_uint_eq(strlen(buffer), text.length);
		ck_assert(strncmp(buffer, whole, text.length) == 0);
		ck_assert_int_eq(buffer[capacity], '#');
		ck_assert(text.truncated == (capacity < sizeof(whole)));
	}
	ck_assert_int_eq(errno, ENOTSOCK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("constants");
	TCase *lookup = tcase_create("lookup");
	TCase *put = tcase_create("put");

	tcase_add_loop_test(lookup, every_name_finds_its_value, 0, CONSTANTS_FAMILY_COUNT);
	tcase_add_loop_test(lookup, every_value_finds_its_first_name, 0,
			    CONSTANTS_FAMILY_COUNT);
	tcase_add_test(lookup, what_is_no_family_is_empty);
	tcase_add_test(lookup, what_is_no_name_is_not_found);
	tcase_add_loop_test(lookup, the_preferred_name, 0, COUNT(preferred));
	tcase_add_loop_test(put, a_value_is_put, 0, COUNT(singles));
	tcase_add_loop_test(put, flags_are_put, 0, COUNT(flags));
	tcase_add_test(put, all_flags_are_put);
	tcase_add_loop_test(put, a_socket_type_is_put, 0, COUNT(socket_types));
	tcase_add_test(put, what_does_not_fit_is_dropped);
	suite_add_tcase(suite, lookup);
	suite_add_tcase(suite, put);
	return unit_run(suite);
}
