/*
 * record: what a record is as text, as JSON and as an entry of the journal. Cold.
 */
#include "config.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/date.h"
#include "record/record.h"
#include "run.h"

static char buffer[RECORD_CAPACITY];

static const char *form(void (*put)(struct text *, const struct record *),
			const struct record *record)
{
	struct text text;

	text_begin(&text, buffer, sizeof buffer);
	put(&text, record);
	ck_assert_uint_eq(text.length, strlen(buffer));
	ck_assert(!text.truncated);
	return buffer;
}

static void set_address(struct record_address *end, const char *host, unsigned int port)
{
	struct sockaddr_in *const in = (struct sockaddr_in *)&end->address;

	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	ck_assert_int_eq(inet_pton(AF_INET, host, &in->sin_addr), 1);
	end->length = sizeof *in;
}

static void set_path(struct record_address *end, const char *path, size_t length)
{
	struct sockaddr_un *const local = (struct sockaddr_un *)&end->address;

	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path, length);
	end->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static struct record timeout(void)
{
	struct record record = RECORD_INITIAL;

	record.event = RECORD_TIMEOUT;
	record.time = (struct timespec){1795377459, 123456789};
	record.program = "psql";
	record.process = 42;
	record.thread = 43;
	record.call = CALL_recv;
	record.operation = OPERATION_RECV;
	record.fd = 3;
	record.socket = true;
	record.family = AF_INET;
	record.type = SOCK_STREAM;
	record.protocol = IPPROTO_TCP;
	record.elapsed = 5000123456;
	record.timeout = 5000000000;
	set_address(&record.local, "10.0.0.2", 40000);
	set_address(&record.peer, "10.0.0.1", 5432);
	return record;
}

START_TEST(as_text)
{
	struct record record = timeout();

	ck_assert_str_eq(form(record_put_text, &record),
			 "recv(3, AF_INET, SOCK_STREAM, IPPROTO_TCP, 10.0.0.1:5432) "
			 "timed out after 5.000 s");
	record.call = CALL_poll;
	record.rule = "/etc/socktimeout.conf:3";
	ck_assert_str_eq(form(record_put_text, &record),
			 "poll(3, AF_INET, SOCK_STREAM, IPPROTO_TCP, 10.0.0.1:5432) "
			 "timed out after 5.000 s (recv) by /etc/socktimeout.conf:3");
	record.slice = 60000000000;
	ck_assert_str_eq(form(record_put_text, &record),
			 "poll(3, AF_INET, SOCK_STREAM, IPPROTO_TCP, 10.0.0.1:5432) "
			 "timed out after 5.000 s (recv) by /etc/socktimeout.conf:3, "
			 "second wait of 60.000 s for a silent socket");
	record = timeout();
	record.progress = 12;
	record.peer.length = 0;
	record.type = RECORD_NONE;
	ck_assert_str_eq(form(record_put_text, &record),
			 "recv(3, AF_INET, ?, IPPROTO_TCP, 10.0.0.2:40000) "
			 "timed out after 5.000 s, 12 done");
	/* Known, and without a name: this end is shown. */
	record.peer.length = sizeof(sa_family_t);
	record.progress = 0;
	ck_assert_str_eq(
		form(record_put_text, &record),
		"recv(3, AF_INET, ?, IPPROTO_TCP, 10.0.0.2:40000) timed out after 5.000 s");
	record.by = "ptrace";
	ck_assert_str_eq(
		form(record_put_text, &record),
		"recv(3, AF_INET, ?, IPPROTO_TCP, 10.0.0.2:40000) timed out after 5.000 s"
		", by=ptrace");
}
END_TEST

START_TEST(as_json)
{
	struct record record = timeout();

	ck_assert_str_eq(
		form(record_put_json, &record),
		"{\"time\":\"2026-11-22T19:57:39.123456Z\",\"program\":\"psql\",\"pid\":42,"
		"\"event\":\"timeout\",\"tid\":43,\"call\":\"recv\",\"operation\":\"recv\","
		"\"elapsed\":5.000123,\"timeout\":5.000000,\"fd\":3,\"family\":\"AF_INET\","
		"\"type\":\"SOCK_STREAM\",\"protocol\":\"IPPROTO_TCP\","
		"\"local_address\":\"10.0.0.2\",\"local_port\":40000,"
		"\"peer_address\":\"10.0.0.1\",\"peer_port\":5432}");
}
END_TEST

#define FFFD "\xef\xbf\xbd"

/* Names are any bytes, and JSON is UTF-8. shown is behind the first quotation mark. */
static const struct {
	const char *bytes, *shown;
} odd[] = {
	{"plain", "plain\""},
	{"\"\\", "\\\"\\\\\""},
	{"\n\t\x1b\x7f", "\\u000a\\u0009\\u001b\\u007f\""},
	{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
	{"\x80\xff", FFFD FFFD "\",\"program_hex\":\"80ff\""},
	{"\xc3", FFFD "\",\"program_hex\":\"c3\""},
	{"\xe2\x82x", FFFD FFFD "x"
				"\",\"program_hex\":\"e28278\""},
	{"\xc0\x80", FFFD FFFD "\",\"program_hex\":\"c080\""}, /* longer than need be */
	{"\xe0\x9f\xbf", FFFD FFFD FFFD "\",\"program_hex\":\"e09fbf\""}, /* the same */
	{"\xed\xa0\x80", FFFD FFFD FFFD "\",\"program_hex\":\"eda080\""}, /* a surrogate */
	{"\xed\x9f\xbf", "\xed\x9f\xbf\""}, /* the last before them */
	{"\xf4\x90\x80\x80",
	 FFFD FFFD FFFD FFFD "\",\"program_hex\":\"f4908080\""}, /* over U+10FFFF */
	{"\xf5\x80\x80\x80", FFFD FFFD FFFD FFFD "\",\"program_hex\":\"f5808080\""},
};

START_TEST(odd_bytes)
{
	struct record record = timeout();
	char expected[200];

	record.program = odd[_i].bytes;
	(void)snprintf(expected, sizeof expected, ",\"program\":\"%s,\"pid\"", odd[_i].shown);
	ck_assert_msg(strstr(form(record_put_json, &record), expected) != NULL, "%s not in %s",
		      expected, buffer);
}
END_TEST

START_TEST(unix_ends)
{
	struct record record = timeout();

	set_path(&record.local, "\0a\0b", 4);
	set_path(&record.peer, "/run/x\xfe", 7);
	ck_assert_ptr_nonnull(
		strstr(form(record_put_json, &record),
		       ",\"local_abstract\":\"a\\u0000b\",\"peer_path\":\"/run/x" FFFD
		       "\",\"peer_path_hex\":\"2f72756e2f78fe\"}"));
}
END_TEST

START_TEST(fault)
{
	const uint64_t seed = UINT64_MAX;
	struct record record = timeout();

	record.event = RECORD_FAULT;
	record.elapsed = record.timeout = RECORD_NONE;
	record.local.length = 0;
	record.action = "error=ECONNREFUSED";
	record.rule = "SOCKTIMEOUT_RULES:2";
	record.count = 3;
	record.seed = &seed;
	record.dry_run = true;
	ck_assert_str_eq(form(record_put_text, &record),
			 "recv(3, AF_INET, SOCK_STREAM, IPPROTO_TCP, 10.0.0.1:5432): would be "
			 "error=ECONNREFUSED by SOCKTIMEOUT_RULES:2, count 3, seed "
			 "18446744073709551615");
	ck_assert_ptr_nonnull(strstr(form(record_put_json, &record),
				     ",\"action\":\"error=ECONNREFUSED\",\"rule\":"
				     "\"SOCKTIMEOUT_RULES:2\",\"count\":3,\"seed\":"
				     "\"18446744073709551615\",\"dry_run\":true}"));
}
END_TEST

START_TEST(lookup)
{
	struct record record = RECORD_INITIAL;

	record.event = RECORD_TIMEOUT;
	record.program = "x";
	record.call = CALL_getaddrinfo;
	record.operation = OPERATION_RESOLVE;
	record.elapsed = 1;
	record.subject = (struct record_bytes){"a\"b", 3, true};
	ck_assert_str_eq(form(record_put_text, &record),
			 "getaddrinfo(a\\\"b...) timed out after 0.000 s");
	ck_assert_ptr_nonnull(
		strstr(form(record_put_json, &record), ",\"lookup\":\"a\\\"b\"}"));
}
END_TEST

START_TEST(as_journal)
{
	struct record record = timeout();
	char name[] = "two\nlines";

	ck_assert_str_eq(
		form(record_put_journal, &record),
		"MESSAGE=socktimeout: recv(3, AF_INET, SOCK_STREAM, IPPROTO_TCP, "
		"10.0.0.1:5432) timed out after 5.000 s\n"
		"PRIORITY=4\nSYSLOG_FACILITY=1\nSYSLOG_IDENTIFIER=psql\n"
		"SOCKTIMEOUT_EVENT=timeout\nSOCKTIMEOUT_TID=43\nSOCKTIMEOUT_CALL=recv\n"
		"SOCKTIMEOUT_OPERATION=recv\nSOCKTIMEOUT_ELAPSED=5.000123\n"
		"SOCKTIMEOUT_TIMEOUT=5.000000\nSOCKTIMEOUT_FD=3\n"
		"SOCKTIMEOUT_FAMILY=AF_INET\nSOCKTIMEOUT_TYPE=SOCK_STREAM\n"
		"SOCKTIMEOUT_PROTOCOL=IPPROTO_TCP\nSOCKTIMEOUT_LOCAL_ADDRESS=10.0.0.2\n"
		"SOCKTIMEOUT_LOCAL_PORT=40000\nSOCKTIMEOUT_PEER_ADDRESS=10.0.0.1\n"
		"SOCKTIMEOUT_PEER_PORT=5432\n");
	record.program = name;
	{
		struct text text;

		text_begin(&text, buffer, sizeof buffer);
		record_put_journal(&text, &record);
		ck_assert_ptr_nonnull(memmem(buffer, text.length,
					     "\nSYSLOG_IDENTIFIER\n\x09\0\0\0\0\0\0\0two\n"
					     "lines\n",
					     37));
	}
}
END_TEST

/* Whatever is too long, the object is whole. */
START_TEST(too_long)
{
	static char path[RECORD_CAPACITY], arguments[RECORD_CAPACITY];
	struct record record = timeout();
	size_t length;

	memset(path, '\x80', sizeof path - 1);
	memset(arguments, '"', sizeof arguments - 1);
	for (size_t i = 0; i < sizeof path; i++) {
		record.subject = (struct record_bytes){path, i, false};
		record.arguments = arguments + sizeof arguments - 1 - i;
		length = strlen(form(record_put_json, &record));
		ck_assert_uint_lt(length, RECORD_CAPACITY - 1);
		ck_assert_int_eq(buffer[length - 1], '}');
		ck_assert_int_eq(strstr(buffer, ",\"truncated\":true}") != NULL,
				 strstr(buffer, "\"lookup\"") == NULL ||
					 strstr(buffer, "\"arguments\"") == NULL);
	}
	ck_assert_ptr_nonnull(strstr(buffer, ",\"peer_port\":5432,\"truncated\":true}"));
}
END_TEST

static const struct {
	int64_t seconds;
	const char *shown;
} dates[] = {
	{0, "1970-01-01T00:00:00.000000Z"},
	{951782399, "2000-02-28T23:59:59.000000Z"},
	{951782400, "2000-02-29T00:00:00.000000Z"},
	{951868800, "2000-03-01T00:00:00.000000Z"},
	{1709164800, "2024-02-29T00:00:00.000000Z"},
	{1735689599, "2024-12-31T23:59:59.000000Z"},
	{1735689600, "2025-01-01T00:00:00.000000Z"},
	{4107542400, "2100-03-01T00:00:00.000000Z"},
	{253402300799, "9999-12-31T23:59:59.000000Z"},
};

/* A time_t can hold the number. */
static bool is_time(int64_t seconds)
{
	return (time_t)seconds == seconds;
}

START_TEST(date)
{
	struct text text;

	if (!is_time(dates[_i].seconds))
		return;
	text_begin(&text, buffer, sizeof buffer);
	date_put(&text, (struct timespec){(time_t)dates[_i].seconds, 999});
	ck_assert_str_eq(buffer, dates[_i].shown);
}
END_TEST

/* As libc has it, a day of each week of 200 years, or until a time_t ends. */
START_TEST(dates_of_libc)
{
	char expected[40];
	struct text text;
	struct tm tm;

	for (int64_t i = 12345; i < 200 * INT64_C(31556952) && is_time(i);
	     i += 6 * 86400 + 4321) {
		const time_t t = (time_t)i;

		text_begin(&text, buffer, sizeof buffer);
		date_put(&text, (struct timespec){t, 5000});
		ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
		ck_assert_uint_gt(
			strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000005Z", &tm),
			0);
		ck_assert_str_eq(buffer, expected);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *test = tcase_create("record");

	tcase_add_test(test, as_text);
	tcase_add_test(test, as_json);
	tcase_add_loop_test(test, odd_bytes, 0, COUNT(odd));
	tcase_add_test(test, unix_ends);
	tcase_add_test(test, fault);
	tcase_add_test(test, lookup);
	tcase_add_test(test, as_journal);
	tcase_add_test(test, too_long);
	tcase_add_loop_test(test, date, 0, COUNT(dates));
	tcase_add_test(test, dates_of_libc);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
