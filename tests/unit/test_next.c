/*
 * calls/next.h finds what dlsym(3) finds. This program stands first in the order of the search, as a
 * preloaded library stands before libc.
 */
#include "config.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>

#include "calls/calls.h"
#include "calls/next.h"
#include "run.h"

static void find_like_dlsym(const char *name)
{
	bool is_libc = false;
	void *const found = next_find(name, &is_libc);

	ck_assert_msg(found == dlsym(RTLD_NEXT, name), "%s", name);
	ck_assert_msg(found == NULL || is_libc ||
			      dlsym(dlopen("libc.so.6", RTLD_LAZY), name) != found,
		      "%s is libc's", name);
}

START_TEST(every_call)
{
	ck_assert(next_known());
	find_like_dlsym(call_name((enum call)_i));
}
END_TEST

/* Whose older versions have other addresses: the default one is meant. */
START_TEST(the_default_version)
{
	find_like_dlsym("realpath");
	find_like_dlsym("regexec");
	find_like_dlsym("nftw");
	find_like_dlsym("pthread_cond_wait");
}
END_TEST

START_TEST(what_is_not_there)
{
	bool is_libc;

	errno = EXDEV;
	ck_assert_ptr_null(next_find("", &is_libc));
	ck_assert_ptr_null(next_find("recv_", &is_libc));
	ck_assert_ptr_null(next_find("unit_run", &is_libc));
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

/* An address that depends on the processor is for dlsym to make; where a sanitizer has a function of
 * its own, it is that. */
START_TEST(indirect)
{
	static const char *const names[] = {"gettimeofday", "memcpy", "strlen", "wmemset"};
	bool is_libc;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		void *const found = next_find(names[i], &is_libc), *const it = dlsym(RTLD_NEXT,
										     names[i]);

		ck_assert_ptr_nonnull(it);
		ck_assert_msg(found == NULL || found == it, "%s", names[i]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("next");
	TCase *test = tcase_create("next");

	tcase_add_loop_test(test, every_call, 0, CALL_COUNT);
	tcase_add_test(test, the_default_version);
	tcase_add_test(test, what_is_not_there);
	tcase_add_test(test, indirect);
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
