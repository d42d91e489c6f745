/*
 * policy/rule: what each rule is read as and printed as. Cold.
 */
#include <sys/socket.h>

#include "rule_read.h"

/* The rule, and its normal form; NULL: it is that already. */
static const struct good {
	const char *text, *normal;
} goods[] = {
	/* The design's own. */
	{"prog=psql,op=recv,to=10.0.0.0/8,port=5432     timeout=30s",
	 "op=recv,prog=psql,to=10.0.0.0/8,port=5432 timeout=30s"},
	{"op=connect,family=AF_INET6                    timeout=2s",
	 "op=connect,family=AF_INET6 timeout=2s"},
	{"type=SOCK_DGRAM timeout=off", NULL},
	{"op=recv,port=6379 delay=200ms,jitter=50ms,probability=0.1", NULL},
	{"op=connect,when=1..3 error=ECONNREFUSED", NULL},
	{"op=recv rate=1M", NULL},
	{"op=recv rate=1000k/s,shared", "op=recv rate=1M,shared"},
	{"op=recv rate=64Ki", NULL},
	{"op=recv rate=1023", NULL},
	{"op=recv rate=1048576", "op=recv rate=1Mi"},
	{"op=recv,after=2Gi slow-close=1500ms", "op=recv,after=2Gi slow-close=1.5s"},
	{"type=SOCK_DGRAM loss,probability=0.3", NULL},
	{"op=send,from=1s,until=2s duplicate", NULL},
	{"host=*.Example.COM timeout=1s", "host=*.example.com timeout=1s"},
	{"user=www-data,unit=nginx.service timeout=1s", NULL},
	/* White space around and between. */
	{" \top=recv\t timeout=1 \r", "op=recv timeout=1s"},
	/* Operations. */
	{"op=connect timeout=1s", NULL},
	{"op=accept timeout=1s", NULL},
	{"op=send timeout=1s", NULL},
	{"op=resolve timeout=1s", NULL},
	{"op=wait timeout=1s", NULL},
	{"op=idle idle=1s", NULL},
	{"op=reply reply=1s", NULL},
	{"port=1 timeout=1s,idle=1m,reply=2s", NULL},
	/* Programs. */
	{"prog=/usr/bin/p* timeout=1s", NULL},
	{"prog=[a-c]?**/x timeout=1s", NULL},
	{"prog=a\\,b\\;c\\#d\\ e\\\\f\\*g\\[h timeout=1s", NULL},
	{"prog=\\xe4\\x20\\x2a\\x41\\x0A\\x00 timeout=1s",
	 "prog=\\xe4\\ \\*A\\x0a\\x00 timeout=1s"},
	{"prog=\xc3\xa4 timeout=1s", "prog=\\xc3\\xa4 timeout=1s"},
	{"prog=\\=\\.\\~\\- timeout=1s", "prog==.~\\- timeout=1s"},
	{"prog=a=b timeout=1s", NULL},
	{"prog=[\\ \\,] timeout=1s", NULL},
	{"prog=[]a] timeout=1s", NULL},
	{"prog=[!]a] timeout=1s", NULL},
	/* Addresses. */
	{"to=10.1.2.3 timeout=1s", NULL},
	{"to=10.1.2.3/32 timeout=1s", "to=10.1.2.3 timeout=1s"},
	{"to=0.0.0.0/0 timeout=1s", NULL},
	{"to=10.1.2.128/25 timeout=1s", NULL},
	{"to=2001:db8::/32 timeout=1s", NULL},
	{"to=[2001:db8::]/32 timeout=1s", "to=2001:db8::/32 timeout=1s"},
	{"to=[::1] timeout=1s", "to=::1 timeout=1s"},
	{"to=::1/128 timeout=1s", "to=::1 timeout=1s"},
	{"to=::/0 timeout=1s", NULL},
	{"to=::ffff:10.0.0.0/104 timeout=1s", "to=10.0.0.0/8 timeout=1s"},
	{"to=::ffff:10.0.0.1 timeout=1s", "to=10.0.0.1 timeout=1s"},
	{"to=::ffff:0:0/96 timeout=1s", "to=0.0.0.0/0 timeout=1s"},
	{"to=/run/x*.sock timeout=1s", NULL},
	{"to=@abstract* timeout=1s", NULL},
	{"to=unix:** timeout=1s", NULL},
	{"to=unix: timeout=1s", NULL},
	{"to=unix:/run/x timeout=1s", "to=/run/x timeout=1s"},
	{"to=10.0.0.0/8,family=AF_INET6 timeout=1s", NULL},
	/* Ports. */
	{"port=0 timeout=1s", NULL},
	{"port=8000..8999 timeout=1s", NULL},
	{"port=80..80 timeout=1s", "port=80 timeout=1s"},
	{"port=0..65535 timeout=1s", NULL},
	/* Constants, and numbers. */
	{"family=2,type=1,protocol=6 timeout=1s",
	 "family=AF_INET,type=SOCK_STREAM,protocol=IPPROTO_TCP timeout=1s"},
	{"family=AF_LOCAL timeout=1s", "family=AF_UNIX timeout=1s"},
	{"family=4711,type=4712,protocol=2147483647 timeout=1s", NULL},
	/* When. */
	{"op=recv,when=3 reset", NULL},
	{"op=recv,when=2..3 reset", NULL},
	{"op=recv,when=1+2 reset", NULL},
	{"op=recv,when=1+1 reset", NULL},
	{"op=recv,when=2..10+3 reset", NULL},
	{"op=recv,when=2..10+1 reset", "op=recv,when=2..10 reset"},
	{"op=recv,when=1..18446744073709551614 reset", NULL},
	/* Actions. */
	{"op=recv timeout=90s,enforce", NULL},
	{"op=recv enforce", NULL},
	{"prog=* idle=off", NULL},
	{"port=1 user-timeout=1.5s", NULL},
	{"port=1 user-timeout=2147483647ms", "port=1 user-timeout=2147483.647s"},
	{"op=connect user-timeout=off", NULL},
	{"op=accept keepalive=1m/10s/6", NULL},
	{"op=accept keepalive=32767/1/127", "op=accept keepalive=32767s/1s/127"},
	{"port=1 keepalive=off", NULL},
	{"op=recv error=104", "op=recv error=ECONNRESET"},
	{"op=recv error=EWOULDBLOCK", "op=recv error=EAGAIN"},
	{"op=recv error=4095", NULL},
	{"op=resolve error=EAI_AGAIN", NULL},
	{"op=resolve error=ENOMEM", NULL},
	{"op=recv error=EINTR,delay=1ms", NULL},
	{"op=recv short=1", NULL},
	{"op=send short=18446744073709551615", NULL},
	{"port=1 short=7,delay=1us,jitter=1us,probability=1",
	 "port=1 delay=1us,jitter=1us,short=7,probability=1"},
	{"op=recv blackhole,probability=0.000000001", NULL},
	{"op=recv blackhole,probability=.5", "op=recv blackhole,probability=0.5"},
	{"op=recv blackhole,probability=0.100", "op=recv blackhole,probability=0.1"},
	{"op=recv blackhole,probability=0", NULL},
	{"op=recv blackhole,probability=1.", "op=recv blackhole,probability=1"},
	{"op=recv timeout=1s,blackhole", NULL},
	{"prog=x timeout=1s,enforce,idle=2s,user-timeout=3s,keepalive=4s/5s/6,delay=7s,"
	 "jitter=8s,short=9,probability=0.9",
	 NULL},
};

START_TEST(good_is_printed_normalised)
{
	const char *normal = goods[_i].normal == NULL ? goods[_i].text : goods[_i].normal;
	char strings[512], buffer[512];
	struct rule_error error = {0};
	struct rule rule;
	struct text text;

	ck_assert_msg(parse(goods[_i].text, &rule, strings, &error) == 0, "%s: %zu: %s",
		      goods[_i].text, error.column, error.what);
	text_begin(&text, buffer, sizeof buffer);
	rule_put(&text, &rule);
	ck_assert_str_eq(buffer, normal);
	ck_assert_msg(parse(normal, &rule, strings, &error) == 0, "%s", normal);
	text_begin(&text, buffer, sizeof buffer);
	rule_put(&text, &rule);
	ck_assert_str_eq(buffer, normal);
}
END_TEST

/* Each field, as those who act on it read it. */
START_TEST(fields_have_their_values)
{
	struct rule_error error;
	char strings[512];
	struct rule rule;

	ck_assert_int_eq(
		parse("op=recv,prog=a\\*b,to=10.0.0.0/8,port=1..2,family=AF_INET,"
		      "type=SOCK_STREAM,protocol=IPPROTO_TCP timeout=1s,enforce,delay=4s,"
		      "jitter=5s,short=6,probability=0.25",
		      &rule, strings, &error),
		0);
	ck_assert_uint_eq(rule.criteria, 0x7f);
	ck_assert_uint_eq(rule.actions, RULE_TIMEOUT | RULE_ENFORCE | RULE_DELAY | RULE_JITTER |
						RULE_SHORT | RULE_PROBABILITY);
	ck_assert_int_eq(rule.operation, OPERATION_RECV);
	ck_assert_uint_eq(rule.program.length, 4);
	ck_assert_mem_eq(rule.program.start, "a\\*b", 4);
	ck_assert_int_eq(rule.to.family, AF_INET);
	ck_assert_uint_eq(rule.to.prefix, 8);
	ck_assert_mem_eq(rule.to.octet, "\012\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	ck_assert_uint_eq(rule.port_low, 1);
	ck_assert_uint_eq(rule.port_high, 2);
	ck_assert_int_eq(rule.family, AF_INET);
	ck_assert_int_eq(rule.type, SOCK_STREAM);
	ck_assert_int_eq(rule.protocol, 6);
	ck_assert_int_eq(rule.timeout, 1000000000);
	ck_assert_int_eq(rule.delay, 4000000000);
	ck_assert_int_eq(rule.jitter, 5000000000);
	ck_assert_uint_eq(rule.limit, 6);
	ck_assert_uint_eq(rule.probability, RULE_CERTAIN / 4);
	ck_assert_uint_eq(rule.met, 0);

	ck_assert_int_eq(parse("when=2..8+3 idle=2s,user-timeout=3s,keepalive=1m/10s/6", &rule,
			       strings, &error),
			 0);
	ck_assert_uint_eq(rule.criteria, RULE_WHEN);
	ck_assert_uint_eq(rule.when.first, 2);
	ck_assert_uint_eq(rule.when.last, 8);
	ck_assert_uint_eq(rule.when.step, 3);
	ck_assert_int_eq(rule.idle, 2000000000);
	ck_assert_int_eq(rule.user_timeout, 3000000000);
	ck_assert_uint_eq(rule.keepalive.idle, 60);
	ck_assert_uint_eq(rule.keepalive.interval, 10);
	ck_assert_uint_eq(rule.keepalive.count, 6);
	ck_assert_uint_eq(rule.probability, RULE_CERTAIN);

	ck_assert_int_eq(parse("op=resolve error=EAI_AGAIN", &rule, strings, &error), 0);
	ck_assert_int_eq(rule.error, -3);
}
END_TEST

START_TEST(rule_ends_at_a_separator)
{
	ck_assert_uint_eq(rule_extent("", 0), 0);
	ck_assert_uint_eq(rule_extent("abc", 3), 3);
	ck_assert_uint_eq(rule_extent("abc;d", 5), 3);
	ck_assert_uint_eq(rule_extent("abc\nd", 5), 3);
	ck_assert_uint_eq(rule_extent("abc#d", 5), 3);
	ck_assert_uint_eq(rule_extent("a\\;\\#b;", 7), 6);
	ck_assert_uint_eq(rule_extent("a\\\\;b", 5), 3);
	ck_assert_uint_eq(rule_extent("a\\\nb", 4), 2);
	ck_assert_uint_eq(rule_extent("a\\", 2), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rule");
	TCase *test = tcase_create("rule");

	tcase_add_loop_test(test, good_is_printed_normalised, 0, COUNT(goods));
	tcase_add_test(test, fields_have_their_values);
	tcase_add_test(test, rule_ends_at_a_separator);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
