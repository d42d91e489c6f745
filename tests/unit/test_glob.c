/*
 * policy/glob: what globs match, by table and against a matcher that tries everything. Cold.
 */
#include <string.h>

#include "policy/glob.h"
#include "run.h"

static const struct {
	const char *glob, *text;
	bool matches;
} cases[] = {
	{"", "", true},
	{"", "a", false},
	{"a", "", false},
	{"psql", "psql", true},
	{"psql", "psq", false},
	{"psql", "psqlx", false},
	{"p*", "psql", true},
	{"p*", "p", true},
	{"*", "", true},
	{"*.sock", "x.sock", true},
	{"*.sock", "x.sock.sock", true},
	{"*.sock", "x.sock/y", false},
	{"/run/*", "/run/x", true},
	{"/run/*", "/run/x/y", false},
	{"/run/**", "/run/x/y", true},
	{"/run/**/z", "/run/x/y/z", true},
	{"/run/**/z", "/run/z", false},
	{"/run/**z", "/run/z", true},
	{"/run/***", "/run/x/y", true},
	{"?", "a", true},
	{"?", "/", false},
	{"?", "", false},
	{"[a-c]", "b", true},
	{"[a-c]", "d", false},
	{"[!a-c]", "d", true},
	{"[^a-c]", "b", false},
	{"[!a]", "/", false},
	{"[.-0]", "/", false},
	{"[]]", "]", true},
	{"[!]]", "]", false},
	{"[!]]", "a", true},
	{"[a-]", "-", true},
	{"[-a]", "-", true},
	{"[\\]a]", "]", true},
	{"[a\\-c]", "b", false},
	{"[a\\-c]", "-", true},
	{"[\\!a]", "!", true},
	{"[\xc0-\xff]", "\xe4", true},
	{"\\*", "*", true},
	{"\\*", "a", false},
	{"\\[a]", "[a]", true},
	{"\\\\", "\\", true},
	{"a]", "a]", true},
	{"a*b*c", "aXbYc", true},
	{"a*b*c", "aXbY", false},
	{"*/*b", "a/xb", true},
	{"**a*b", "a/a/acb", true},
	{"**a*b", "ab/a", false},
};

START_TEST(case_matches)
{
	ck_assert_msg(glob_matches(cases[_i].glob, strlen(cases[_i].glob), cases[_i].text,
				   strlen(cases[_i].text)) == cases[_i].matches,
		      "%s and %s", cases[_i].glob, cases[_i].text);
}
END_TEST

/* What the stars mean, without thought for time. */
static bool by_definition(const char *glob, const char *text)
{
	if (*glob == '\0')
		return *text == '\0';
	if (*glob == '*') {
		const bool any = glob[1] == '*';

		if (by_definition(glob + (any ? 2 : 1), text))
			return true;
		return *text != '\0' && (any || *text != '/') && by_definition(glob, text + 1);
	}
	if (*text == '\0')
		return false;
	return (*glob == '?' ? *text != '/' : *glob == *text) &&
	       by_definition(glob + 1, text + 1);
}

/* The bytes of alphabet that number's digits in its base choose. */
static void spell(char *word, unsigned long number, const char *alphabet)
{
	const unsigned long base = strlen(alphabet);

	for (; number > 0; number = (number - 1) / base)
		*word++ = alphabet[(number - 1) % base];
	*word = '\0';
}

/* All globs of up to five elements on all texts of up to five bytes. */
START_TEST(stars_mean_what_they_say)
{
	char glob[16], text[16];

	for (unsigned long i = 0; i < 3906; i++) {
		spell(glob, i, "*?a/b");
		for (unsigned long j = 0; j < 364; j++) {
			spell(text, j, "ab/");
			if (glob_matches(glob, strlen(glob), text, strlen(text)) !=
			    by_definition(glob, text))
				ck_abort_msg("%s and %s", glob, text);
		}
	}
}
END_TEST

/* What takes a matcher that comes back to each star for ever: Check ends it after 4 s. */
START_TEST(hostile_ends)
{
	char glob[201], text[109];

	memset(text, 'a', sizeof text);
	for (size_t i = 0; i + 2 < sizeof glob; i += 2)
		memcpy(glob + i, "*a", 2);
	glob[sizeof glob - 1] = 'b';
	ck_assert(!glob_matches(glob, sizeof glob, text, sizeof text));
	for (size_t i = 0; i + 5 < sizeof glob; i += 5)
		memcpy(glob + i, "**a*a", 5);
	ck_assert(!glob_matches(glob, sizeof glob, text, sizeof text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("glob");
	TCase *test = tcase_create("glob");

	tcase_add_loop_test(test, case_matches, 0, COUNT(cases));
	tcase_add_test(test, stars_mean_what_they_say);
	tcase_add_test(test, hostile_ends);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
