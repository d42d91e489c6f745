/*
 * shim/config/hosts: names of addresses are found again, the memory is bounded, and threads that write
 * and read at the same time see whole names.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "run.h"
#include "shim/config/hosts.h"

static bool matches(const char *glob, int family, const char *address)
{
	const struct rule_string string = {glob, strlen(glob)};
	unsigned char octet[16];

	ck_assert_int_eq(inet_pton(family, address, octet), 1);
	return hosts_match(string, family, octet);
}

static void remember(const char *name, int family, const char *address)
{
	unsigned char octet[16];

	ck_assert_int_eq(inet_pton(family, address, octet), 1);
	hosts_remember_address(name, family, octet);
}

START_TEST(names_are_found)
{
	ck_assert(!matches("*", AF_INET, "10.0.0.1"));
	remember("DB.Example.COM.", AF_INET, "10.0.0.1");
	remember("other", AF_INET, "10.0.0.1");
	remember("six", AF_INET6, "2001:db8::1");
	remember("mapped", AF_INET6, "::ffff:10.0.0.2");
	ck_assert(matches("db.example.com", AF_INET, "10.0.0.1"));
	ck_assert(matches("other", AF_INET, "10.0.0.1"));
	ck_assert(matches("*.com", AF_INET6, "::ffff:10.0.0.1"));
	ck_assert(matches("s?x", AF_INET6, "2001:db8::1"));
	ck_assert(matches("mapped", AF_INET, "10.0.0.2"));
	ck_assert(!matches("six", AF_INET, "10.0.0.1"));
	ck_assert(!matches("*", AF_INET, "10.0.0.3"));
	ck_assert(!matches("*", AF_INET6, "2001:db8::2"));
}
END_TEST

START_TEST(long_names_are_left_out)
{
	char name[HOSTS_NAME_LIMIT + 2], folded[HOSTS_NAME_LIMIT + 1];

	memset(name, 'A', sizeof name);
	name[HOSTS_NAME_LIMIT] = '\0';
	ck_assert(hosts_fold(name, folded));
	ck_assert_uint_eq(strlen(folded), HOSTS_NAME_LIMIT);
	ck_assert_int_eq(folded[HOSTS_NAME_LIMIT - 1], 'a');
	name[HOSTS_NAME_LIMIT] = 'A';
	name[HOSTS_NAME_LIMIT + 1] = '\0';
	ck_assert(!hosts_fold(name, folded));
	ck_assert(!hosts_fold("", folded));
	hosts_remember_address(name, AF_INET, "\1\2\3\4");
	ck_assert(!matches("*", AF_INET, "1.2.3.4"));
}
END_TEST

/* The last names of one address are there; with many addresses, at most 512. */
START_TEST(memory_is_bounded)
{
	char name[32], address[32];
	unsigned int found = 0;

	for (unsigned int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof name, "name%u", i);
		remember(name, AF_INET, "10.0.0.1");
	}
	ck_assert(matches("name19", AF_INET, "10.0.0.1"));
	ck_assert(matches("name12", AF_INET, "10.0.0.1"));
	ck_assert(!matches("name11", AF_INET, "10.0.0.1"));
	for (unsigned int i = 0; i < 5000; i++) {
		(void)snprintf(address, sizeof address, "10.1.%u.%u", i / 250, i % 250);
		remember("many", AF_INET, address);
	}
	ck_assert(matches("many", AF_INET, address));
	for (unsigned int i = 0; i < 5000; i++) {
		(void)snprintf(address, sizeof address, "10.1.%u.%u", i / 250, i % 250);
		found += matches("many", AF_INET, address);
	}
	ck_assert_uint_ge(found, 400);
	ck_assert_uint_le(found, 512);
}
END_TEST

#define ROUNDS 20000

/* Each name is one letter, often. */
static void *write_names(void *letter)
{
	char name[201];

	memset(name, *(const char *)letter, sizeof name - 1);
	name[sizeof name - 1] = '\0';
	for (unsigned int i = 0; i < ROUNDS; i++) {
		name[200 - i % 8] = '\0';
		hosts_remember_address(name, AF_INET, "\12\0\0\1");
		name[200 - i % 8] = *(const char *)letter;
		name[200] = '\0';
	}
	return NULL;
}

START_TEST(names_are_whole)
{
	static char letters[] = "abcd";
	pthread_t threads[4];
	bool torn = false;

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_names, &letters[i]),
				 0);
	for (unsigned int i = 0; i < ROUNDS; i++)
		torn |= matches("*a*[b-d]*", AF_INET, "10.0.0.1") ||
			matches("*[b-d]*a*", AF_INET, "10.0.0.1");
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert(!torn);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hosts");
	TCase *test = tcase_create("hosts");

	tcase_set_timeout(test, 60);
	tcase_add_test(test, names_are_found);
	tcase_add_test(test, long_names_are_left_out);
	tcase_add_test(test, memory_is_bounded);
	tcase_add_test(test, names_are_whole);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
