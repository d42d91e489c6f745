/*
 * base/text: what each put puts, and that nothing is ever put outside the buffer, whatever its
 * capacity: each line of the table is put into buffers of every size. Cold.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "run.h"

enum kind { STRING, BYTES, CHAR, UNSIGNED, SIGNED, HEX, PADDED, ESCAPED };

static const struct line {
	enum kind kind;
	const char *string; /* or bytes, count of them */
	size_t count;       /* or digits, for PADDED */
	uint64_t number;
	const char *expected;
	bool whole; /* put as a whole or not at all */
} lines[] = {
	{STRING, "", 0, 0, "", false},
	{STRING, "socktimeout", 0, 0, "socktimeout", false},
	{STRING, NULL, 0, 0, "(null)", false},
	{STRING, "\xc3\xbc\n", 0, 0, "\xc3\xbc\n", false},
	{BYTES, "recv(3", 4, 0, "recv", false},
	{BYTES, "recv", 0, 0, "", false},
	{CHAR, "x", 0, 0, "x", true},
	{UNSIGNED, NULL, 0, 0, "0", true},
	{UNSIGNED, NULL, 0, 9, "9", true},
	{UNSIGNED, NULL, 0, 10, "10", true},
	{UNSIGNED, NULL, 0, UINT64_MAX, "18446744073709551615", true},
	{SIGNED, NULL, 0, 0, "0", true},
	{SIGNED, NULL, 0, (uint64_t)-1, "-1", true},
	{SIGNED, NULL, 0, 4711, "4711", true},
	{SIGNED, NULL, 0, (uint64_t)INT64_MAX, "9223372036854775807", true},
	{SIGNED, NULL, 0, (uint64_t)INT64_MIN, "-9223372036854775808", true},
	{HEX, NULL, 0, 0, "0x0", true},
	{HEX, NULL, 0, 0x80000000, "0x80000000", true},
	{HEX, NULL, 0, UINT64_MAX, "0xffffffffffffffff", true},
	{PADDED, NULL, 3, 7, "007", true},
	{PADDED, NULL, 3, 1234, "1234", true},
	{PADDED, NULL, 0, 0, "0", true},
	{PADDED, NULL, 20, 1, "00000000000000000001", true},
	{PADDED, NULL, 20, UINT64_MAX, "18446744073709551615", true},
	{ESCAPED, " ~az", 4, 0, " ~az", false},
	{ESCAPED, "\n", 1, 0, "\\n", true},
	{ESCAPED, "\t", 1, 0, "\\t", true},
	{ESCAPED, "\"", 1, 0, "\\\"", true},
	{ESCAPED, "\\", 1, 0, "\\\\", true},
	{ESCAPED, "\0", 1, 0, "\\x00", true},
	{ESCAPED, "\x1f", 1, 0, "\\x1f", true},
	{ESCAPED, "\x7f", 1, 0, "\\x7f", true},
	{ESCAPED, "\xff", 1, 0, "\\xff", true},
};

static void put(struct text *text, const struct line *line)
{
	switch (line->kind) {
	case STRING:
		text_put_string(text, line->string);
		break;
	case BYTES:
		text_put_bytes(text, line->string, line->count);
		break;
	case CHAR:
		text_put_char(text, line->string[0]);
		break;
	case UNSIGNED:
		text_put_unsigned(text, line->number);
		break;
	case SIGNED:
		text_put_signed(text, (int64_t)line->number);
		break;
	case HEX:
		text_put_hex(text, line->number);
		break;
	case PADDED:
		text_put_padded(text, line->number, (unsigned)line->count);
		break;
	case ESCAPED:
		text_put_escaped(text, line->string, line->count);
		break;
	}
}

START_TEST(each_line_is_put)
{
	const struct line *line = &lines[_i];
	struct text text;
	char buffer[64];

	errno = 4711;
	text_begin(&text, buffer, sizeof(buffer));
	ck_assert_str_eq(buffer, "");
	put(&text, line);
	ck_assert_str_eq(buffer, line->expected);
	ck_assert_uint_eq(text.length, strlen(line->expected));
	ck_assert(!text.truncated);
	put(&text, line);
	ck_assert_uint_eq(text.length, 2 * strlen(line->expected));
	ck_assert_str_eq(buffer + strlen(line->expected), line->expected);
	ck_assert_int_eq(errno, 4711);
}
END_TEST

/* In a buffer of exactly that size from malloc, so that ASan sees a byte too many. */
static void put_in(size_t capacity, const struct line *line)
{
	size_t full = strlen(line->expected);
	size_t fits = full < capacity ? full : line->whole ? 0 : capacity - 1;
	char *buffer = malloc(capacity + 1);
	struct text text;

	ck_assert_ptr_nonnull(buffer);
	buffer = realloc(buffer, capacity);
	ck_assert_ptr_nonnull(buffer);
	text_begin(&text, buffer, capacity);
	put(&text, line);
	ck_assert_uint_eq(text.length, fits);
	ck_assert_uint_eq(strlen(buffer), fits);
	ck_assert_int_eq(memcmp(buffer, line->expected, fits), 0);
	ck_assert_int_eq(text.truncated, fits < full);
	text_put_char(&text, '!');
	text_put_unsigned(&text, 1);
	if (fits < full)
		ck_assert_msg(strlen(buffer) == fits, "a hole: something was put after a drop");
	free(buffer);
}

START_TEST(each_line_in_every_capacity)
{
	for (size_t capacity = 1; capacity <= 32; capacity++)
		put_in(capacity, &lines[_i]);
}
END_TEST

/* The byte after the buffer stays, also without ASan. */
START_TEST(nothing_behind_the_buffer)
{
	for (size_t capacity = 1; capacity <= 32; capacity++) {
		struct text text;
		char buffer[40];

		memset(buffer, '#', sizeof(buffer));
		text_begin(&text, buffer, capacity);
		for (int i = 0; i < 40; i++)
			put(&text, &lines[_i]);
		for (size_t i = capacity; i < sizeof(buffer); i++)
			ck_assert_int_eq(buffer[i], '#');
	}
}
END_TEST

START_TEST(escapes_are_not_split)
{
	char buffer[6];
	struct text text;

	text_begin(&text, buffer, sizeof(buffer));
	text_put_escaped(&text, "ab\x01z", 4);
	ck_assert_str_eq(buffer, "ab");
	ck_assert(text.truncated);
}
END_TEST

START_TEST(puts_go_on_from_each_other)
{
	char buffer[64];
	struct text text;

	text_begin(&text, buffer, sizeof(buffer));
	text_put_string(&text, "recv(");
	text_put_signed(&text, -1);
	text_put_bytes(&text, ", xyz", 2);
	text_put_hex(&text, 255);
	text_put_char(&text, ')');
	text_put_padded(&text, 5, 2);
	text_put_escaped(&text, "\n", 1);
	ck_assert_str_eq(buffer, "recv(-1, 0xff)05\\n");
	ck_assert_uint_eq(text.length, strlen(buffer));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *test = tcase_create("text");

	tcase_add_loop_test(test, each_line_is_put, 0, COUNT(lines));
	tcase_add_loop_test(test, each_line_in_every_capacity, 0, COUNT(lines));
	tcase_add_loop_test(test, nothing_behind_the_buffer, 0, COUNT(lines));
	tcase_add_test(test, escapes_are_not_split);
	tcase_add_test(test, puts_go_on_from_each_other);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
