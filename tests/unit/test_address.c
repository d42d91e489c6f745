/*
 * base/address: texts to octets, compared with what libc makes of them, and back. Cold.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "run.h"

/* What inet_pton(3) takes is taken, with the same octets; what it does not, is not. */
static const char *const texts[] = {
	"0.0.0.0",
	"255.255.255.255",
	"10.0.0.1",
	"1.2.3",
	"1.2.3.4.5",
	"256.1.1.1",
	"1.2.3.04",
	"1.2.3.",
	".1.2.3",
	"1..2.3",
	"",
	"1.2.3.4 ",
	"a.b.c.d",
	"::",
	"::1",
	"1::",
	"1::8",
	"2001:db8::1",
	"1:2:3:4:5:6:7:8",
	"1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:8:9",
	"::2:3:4:5:6:7:8",
	"1:2:3:4:5:6:7::",
	"1:2:3:4:5:6:7:8::",
	"1::2::3",
	":::",
	":1",
	"1:",
	":",
	"12345::",
	"g::",
	"::ffff:10.0.0.1",
	"::10.0.0.1",
	"1:2:3:4:5:6:10.0.0.1",
	"1:2:3:4:5:6:7:10.0.0.1",
	"::10.0.0.1:1",
	"::10.0.0",
	"FE80::ABCD",
	"fe80::1%lo",
	"::00001",
	"1:2:3:4::5:6:7:8",
	"::1.2.3.400",
	"0:0:1::",
	"::ffff:1.2.3.4.5",
};

START_TEST(parsed_as_libc_does)
{
	const char *text = texts[_i];
	const int expected = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	unsigned char octet[16] = {0}, libc[16] = {0};
	int family = -1;
	size_t where = SIZE_MAX;
	const int code = address_parse(text, strlen(text), &family, octet, &where);

	if (inet_pton(expected, text, libc) == 1) {
		ck_assert_msg(code == 0, "%s is refused at %zu", text, where);
		ck_assert_int_eq(family, expected);
		ck_assert_mem_eq(octet, libc, family == AF_INET ? 4 : 16);
	} else {
		ck_assert_msg(code == -EINVAL, "%s is taken", text);
		ck_assert_uint_le(where, strlen(text));
	}
}
END_TEST

static const struct {
	const char *text;
	size_t where;
} places[] = {
	{"", 0},        {"10.0.0", 6}, {"10.0.0.256", 9}, {"10.0.0.1x", 8}, {"10,0", 2},
	{"10.0..1", 5}, {"::g", 2},    {"12345::", 4},    {"1::2::3", 5},   {"fe80::1%lo", 7},
};

START_TEST(refused_at_its_place)
{
	unsigned char octet[16];
	size_t where;
	int family;

	ck_assert_int_eq(
		address_parse(places[_i].text, strlen(places[_i].text), &family, octet, &where),
		-EINVAL);
	ck_assert_msg(where == places[_i].where, "%s: %zu", places[_i].text, where);
}
END_TEST

static const char *const printed[] = {
	"::",
	"::1",
	"1::",
	"2001:db8::1",
	"1:2:3:4:5:6:7:8",
	"::ffff:10.0.0.1",
	"1:0:2:0:3:0:4:0",
	"1::2:0:0:3",
	"1:0:0:2::",
	"::2:3:4:5:6:7",
};

START_TEST(printed_shortest)
{
	unsigned char octet[16];
	char buffer[64];
	struct text text;
	size_t where;
	int family;

	ck_assert_int_eq(
		address_parse(printed[_i], strlen(printed[_i]), &family, octet, &where), 0);
	text_begin(&text, buffer, sizeof buffer);
	address_put_host(&text, family, octet);
	ck_assert_str_eq(buffer, printed[_i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("address");
	TCase *test = tcase_create("address");

	tcase_add_loop_test(test, parsed_as_libc_does, 0, COUNT(texts));
	tcase_add_loop_test(test, refused_at_its_place, 0, COUNT(places));
	tcase_add_loop_test(test, printed_shortest, 0, COUNT(printed));
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
