/*
 * Yama's restriction of ptrace(2), read below a directory that takes the place of /proc: the kernel of the
 * machine may have no Yama, and its scope cannot be lowered again from 3.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/run.h"
#include "launcher/outside/permission.h"

static char root[] = "/tmp/socktimeout-XXXXXX";

/* Create the directories and the file with that text; NULL: no file. */
static void write_scope(const char *text)
{
	static const char *const parts[] = {"sys", "sys/kernel", "sys/kernel/yama"};
	char path[128];
	FILE *file;

	for (int i = 0; i < COUNT(parts); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", root, parts[i]);
		(void)mkdir(path, 0700);
	}
	(void)snprintf(path, sizeof path, "%s/sys/kernel/yama/ptrace_scope", root);
	(void)unlink(path);
	if (text == NULL)
		return;
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void remove_all(void)
{
	static const char *const parts[] = {"sys/kernel/yama", "sys/kernel", "sys", "."};
	char path[128];

	write_scope(NULL);
	for (int i = 0; i < COUNT(parts) - 1; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", root, parts[i]);
		(void)rmdir(path);
	}
	(void)rmdir(root);
}

START_TEST(scopes)
{
	static const char *const words[] = {"", "descendants", "CAP_SYS_PTRACE", "no process"};

	for (int i = 0; i < COUNT(words); i++) {
		char text[8], begin[40];
		const char *says;

		(void)snprintf(text, sizeof text, "%d\n", i);
		(void)snprintf(begin, sizeof begin, "kernel.yama.ptrace_scope is %d", i);
		write_scope(text);
		says = permission_yama(root);
		ck_assert_ptr_nonnull(says);
		ck_assert_int_eq(strncmp(says, begin, strlen(begin)), 0);
		ck_assert_ptr_nonnull(strstr(says, words[i]));
	}
}
END_TEST

START_TEST(others)
{
	write_scope(NULL);
	ck_assert_ptr_null(permission_yama(root));
	write_scope("");
	ck_assert_ptr_null(permission_yama(root));
	write_scope("17\n");
	ck_assert_str_eq(permission_yama(root), "kernel.yama.ptrace_scope is not known");
}
END_TEST

int main(void)
{
	Suite *const suite = suite_create("permission");
	TCase *const group = tcase_create("permission");
	int status;

	if (mkdtemp(root) == NULL)
		return EXIT_FAILURE;
	tcase_add_test(group, scopes);
	tcase_add_test(group, others);
	suite_add_tcase(suite, group);
	status = unit_run(suite);
	remove_all();
	return status;
}
