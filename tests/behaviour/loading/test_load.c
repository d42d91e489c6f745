/*
 * dlopen: a library that is loaded with RTLD_DEEPBIND is bounded all the same, and the program's
 * own DT_RUNPATH is searched, not ours.
 */
#include "config.h"

#include "harness/harness.h"

#include <dlfcn.h>
#include <sys/wait.h>

typedef ssize_t deep_receive(int fd, void *buffer, size_t length);
typedef void *deep_function(void);

static void *load(int flags)
{
	/* Found by this program's DT_RUNPATH alone. */
	void *const library = dlopen("deep.so", RTLD_NOW | flags);

	ck_assert_msg(library != NULL, "%s", dlerror());
	return library;
}

/* Whose recv is the library bound to? */
static bool bound_to_us(void *library)
{
	deep_function *const function =
		__extension__(deep_function *) dlsym(library, "deep_function");
	Dl_info information;

	if (function == NULL || dladdr(function(), &information) == 0)
		abort();
	return strstr(information.dli_fname, "libsocktimeout") != NULL;
}

BEHAVIOUR_TEST(plain_load, ALL)
{
	void *const library = load(0);

	ck_assert_int_eq(bound_to_us(library), mode() != MODE_NATIVE);
	ck_assert_int_eq(dlclose(library), 0);
}

BEHAVIOUR_TEST(deepbind_load, ALL)
{
	void *const library = load(RTLD_DEEPBIND);

	ck_assert_int_eq(bound_to_us(library), mode() != MODE_NATIVE);
	ck_assert_int_eq(dlclose(library), 0);
}

BEHAVIOUR_TEST(deepbind_silent, SHORT)
{
	deep_receive *const receive =
		__extension__(deep_receive *) dlsym(load(RTLD_DEEPBIND), "deep_receive");
	char buffer[8];
	double started;
	int pair[2];

	ck_assert(receive != NULL);
	tcp_pair(pair);
	started = now_ms();
	ck_timed_out(receive(pair[0], buffer, sizeof buffer), started);
}

BEHAVIOUR_TEST(base_namespace, ALL)
{
	void *const library = dlmopen(LM_ID_BASE, "deep.so", RTLD_NOW | RTLD_DEEPBIND);

	ck_assert_msg(library != NULL, "%s", dlerror());
	ck_assert_int_eq(bound_to_us(library), mode() != MODE_NATIVE);
	ck_assert_int_eq(dlclose(library), 0);
}

BEHAVIOUR_TEST(new_namespace, ALL)
{
	void *const library = dlmopen(LM_ID_NEWLM, "deep.so", RTLD_NOW);

	ck_assert_msg(library != NULL, "%s", dlerror());
	ck_assert(!bound_to_us(library));
	ck_assert_int_eq(dlclose(library), 0);
}

BEHAVIOUR_TEST(errors_are_native, ALL)
{
	ck_assert_ptr_null(dlopen("no such library", RTLD_NOW));
	ck_assert_ptr_nonnull(strstr(dlerror(), "no such library"));
	ck_assert_ptr_nonnull(dlopen(NULL, RTLD_NOW));
}

/* What is wrong is still known after calls that had not been made before. */
BEHAVIOUR_TEST(error_is_kept, ALL)
{
	FILE *const file = fopen("/dev/null", "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_null(dlopen("no such library", RTLD_NOW));
	ck_assert_int_eq(fseeko(file, 0, SEEK_SET), 0);
	ck_assert_int_eq(getw(file), EOF);
	ck_assert_ptr_nonnull(strstr(dlerror(), "no such library"));
	ck_assert_int_eq(fclose(file), 0);
}

/* This program again, with another setting: loads the library twice, with RTLD_DEEPBIND. */
static int run_with(const char *name, const char *value, const char *log)
{
	const pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (name != NULL)
			(void)setenv(name, value, 1);
		(void)setenv("SOCKTIMEOUT_LOG", log, 1);
		(void)unsetenv("SOCKTIMEOUT_LOG_LEVEL");
		(void)execl("/proc/self/exe", "test_load", "load", (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Exit status 10: bound to the library, 11: to libc. */
static int load_and_tell(void)
{
	void *library = NULL;

	for (int i = 0; i < 2; i++) {
		library = dlopen("deep.so", RTLD_NOW | RTLD_DEEPBIND);
		if (library == NULL)
			return 1;
	}
	return bound_to_us(library) ? 10 : 11;
}

static int count_lines(const char *path, const char *part)
{
	FILE *const file = fopen(path, "r");
	char line[600];
	int count = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof line, file) != NULL)
		count += strstr(line, part) != NULL;
	ck_assert_int_eq(fclose(file), 0);
	return count;
}

BEHAVIOUR_TEST(settings, LONG | SHORT)
{
	char path[] = "/tmp/socktimeout-test.XXXXXX";
	const int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(run_with("SOCKTIMEOUT_DEEPBIND", "keep", path), 11);
	ck_assert_int_eq(count_lines(path, ""), 0);
	ck_assert_int_eq(run_with("SOCKTIMEOUT", "off", path), 11);
	ck_assert_int_eq(run_with(NULL, NULL, path), 10);
	ck_assert_int_eq(count_lines(path, "dlopen(deep.so) without RTLD_DEEPBIND"), 1);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(unlink(path), 0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "load") == 0)
		return load_and_tell();
	return behaviour_main(argc, argv, "libraries");
}
