/*
 * launcher/library: what LD_PRELOAD becomes, entry by entry, and when it is through $LIB. Cold.
 */
#include <dlfcn.h>
#include <link.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/library.h"
#include "run.h"

/* A library that is there under several names; another lies beside it. */
#define LIBRARY "the/libsocktimeout.so"
#define LINK    "./link.so"
#define NAME    "/usr/$LIB/libsocktimeout.so"

static char directory[] = "/tmp/test_library.XXXXXX";

static void make_file(const char *path)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fclose(file), 0);
}

static void enter_directory(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
	ck_assert_int_eq(mkdir("the", 0777), 0);
	make_file(LIBRARY);
	make_file("other.so");
	ck_assert_int_eq(link(LIBRARY, "libsocktimeout.so"), 0);
	ck_assert_int_eq(symlink(LIBRARY, LINK), 0);
}

static void leave_directory(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static const struct prepended {
	const char *inherited;
	const char *expected;
} prependeds[] = {
	{NULL, NAME},
	{"", NAME},
	{" : ", NAME},
	{"./other.so", NAME ":./other.so"},
	{"./other.so:libm.so.6 /no/such.so", NAME ":./other.so:libm.so.6 /no/such.so"},
	/* By either name, first, in the middle, last, after either separator. */
	{NAME, NAME},
	{NAME ":./other.so", NAME ":./other.so"},
	{"./other.so " NAME, "./other.so " NAME},
	{"./other.so:" NAME " libm.so.6", "./other.so:" NAME " libm.so.6"},
	{LIBRARY, LIBRARY},
	{"./other.so:" LIBRARY, "./other.so:" LIBRARY},
	/* The same file by another name. */
	{LINK, LINK},
	{"::" LINK, "::" LINK},
	/* A name without a slash is searched for, it is not the file here. */
	{"libsocktimeout.so", NAME ":libsocktimeout.so"},
	/* Only a part of an entry. */
	{NAME ".0", NAME ":" NAME ".0"},
	{"x" NAME, NAME ":x" NAME},
};

START_TEST(once_in_ld_preload)
{
	char *preload = library_prepend(NAME, LIBRARY, prependeds[_i].inherited);
	char *again = library_prepend(NAME, LIBRARY, preload);

	ck_assert_str_eq(preload, prependeds[_i].expected);
	ck_assert_str_eq(again, preload);
	free(again);
	free(preload);
}
END_TEST

START_TEST(what_ld_preload_can_name)
{
	ck_assert(library_can_be_preloaded("/usr/local/lib/libsocktimeout.so"));
	ck_assert(!library_can_be_preloaded("/a b/libsocktimeout.so"));
	ck_assert(!library_can_be_preloaded("/a:b/libsocktimeout.so"));
	ck_assert(!library_can_be_preloaded("/$LIB/libsocktimeout.so"));
}
END_TEST

static void check_name(const char *library, const char *expected)
{
	char *name = library_preload_name(library);

	ck_assert_str_eq(name, expected);
	free(name);
}

/* Where libc is, the dynamic linker is asked; elsewhere the name stays. */
START_TEST(through_the_lib_token_where_it_leads_there)
{
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	bool in_usr = dlopen("/usr/$LIB/libc.so.6", RTLD_LAZY | RTLD_NOLOAD) == libc;
	char path[PATH_MAX];
	char library[PATH_MAX + 32];
	struct link_map *map;

	ck_assert_ptr_nonnull(libc);
	ck_assert_int_eq(dlinfo(libc, RTLD_DI_LINKMAP, &map), 0);
	ck_assert_ptr_nonnull(realpath(map->l_name, path));
	*strrchr(path, '/') = '\0';
	snprintf(library, sizeof(library), "%s/libsocktimeout.so", path);
	check_name(library, in_usr && strncmp(path, "/usr/lib", 8) == 0 ? NAME : library);
}
END_TEST

START_TEST(not_through_the_lib_token_elsewhere)
{
	check_name("/usr/local/lib/libsocktimeout.so", "/usr/local/lib/libsocktimeout.so");
	check_name("/usr/lib/no/such/libsocktimeout.so", "/usr/lib/no/such/libsocktimeout.so");
	check_name("/opt/x/lib/libsocktimeout.so", "/opt/x/lib/libsocktimeout.so");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("library");
	TCase *entries = tcase_create("entries");
	TCase *names = tcase_create("names");

	tcase_add_unchecked_fixture(entries, enter_directory, leave_directory);
	tcase_add_loop_test(entries, once_in_ld_preload, 0, COUNT(prependeds));
	tcase_add_test(names, what_ld_preload_can_name);
	tcase_add_test(names, through_the_lib_token_where_it_leads_there);
	tcase_add_test(names, not_through_the_lib_token_elsewhere);
	suite_add_tcase(suite, entries);
	suite_add_tcase(suite, names);
	return unit_run(suite);
}
