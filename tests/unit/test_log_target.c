/*
 * policy/log_target: what is a place to log to, and what is none. Cold.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "policy/log_target.h"
#include "run.h"

static const struct good {
	const char *text;
	enum log_target target;
} goods[] = {
	{"off", LOG_TO_NOTHING},   {"stderr", LOG_TO_STDERR},
	{"syslog", LOG_TO_SYSLOG}, {"journal", LOG_TO_JOURNAL},
	{"/", LOG_TO_FILE},        {"/var/log/socktimeout.log", LOG_TO_FILE},
};

static const char *const bads[] = {"",        "of",  "offs",  "Stderr", "stderr ",
				   " syslog", "log", "./log", "2"};

START_TEST(good_is_parsed)
{
	enum log_target target = (enum log_target)4711;

	ck_assert_int_eq(log_target_parse(goods[_i].text, &target), 0);
	ck_assert_int_eq(target, goods[_i].target);
}
END_TEST

START_TEST(bad_is_refused)
{
	enum log_target target = LOG_TO_SYSLOG;

	ck_assert_int_eq(log_target_parse(bads[_i], &target), -EINVAL);
	ck_assert_int_eq(target, LOG_TO_SYSLOG);
}
END_TEST

START_TEST(path_fits_in_path_max)
{
	enum log_target target = LOG_TO_NOTHING;
	char path[PATH_MAX + 1];

	memset(path, '/', sizeof(path));
	path[PATH_MAX] = '\0';
	ck_assert_int_eq(log_target_parse(path, &target), -EINVAL);
	path[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(log_target_parse(path, &target), 0);
	ck_assert_int_eq(target, LOG_TO_FILE);
}
END_TEST

START_TEST(forms)
{
	enum log_format format = LOG_AS_TEXT;
	enum log_level level = LOG_TIMEOUTS;

	ck_assert_int_eq(log_format_parse("json", &format), 0);
	ck_assert_int_eq(log_format_parse("xml", &format), -EINVAL);
	ck_assert_int_eq(format, LOG_AS_JSON);
	ck_assert_int_eq(log_format_parse("text", &format), 0);
	ck_assert_int_eq(format, LOG_AS_TEXT);
	ck_assert_int_eq(log_level_parse("call", &level), 0);
	ck_assert_int_eq(log_level_parse("calls", &level), -EINVAL);
	ck_assert_int_eq(level, LOG_CALLS);
	ck_assert_int_eq(log_level_parse("timeout", &level), 0);
	ck_assert_int_eq(level, LOG_TIMEOUTS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log target");
	TCase *test = tcase_create("log target");

	tcase_add_loop_test(test, good_is_parsed, 0, COUNT(goods));
	tcase_add_loop_test(test, bad_is_refused, 0, COUNT(bads));
	tcase_add_test(test, forms);
	tcase_add_test(test, path_fits_in_path_max);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
