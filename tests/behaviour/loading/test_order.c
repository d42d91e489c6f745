/*
 * The order of libraries: constructors that call before ours has run and destructors that call
 * after ours, of libraries that are preloaded behind it, linked, and opened at run time.
 */
#include "config.h"

#include "harness/harness.h"

#include <limits.h>
#include <sys/wait.h>

static char directory[PATH_MAX];

static void find_directory(void)
{
	const ssize_t length = readlink("/proc/self/exe", directory, sizeof directory - 1);

	ck_assert_int_gt(length, 0);
	directory[length] = '\0';
	*strrchr(directory, '/') = '\0';
}

/* Run the program in argv with its libraries' reports; they must be exactly what is expected. */
static void run(char *const argv[], bool preload, const char *expected)
{
	const char *library = getenv("SOCKTIMEOUT_TEST_LIBRARY");
	char text[2 * PATH_MAX], said[256];
	size_t length = 0;
	ssize_t n;
	int ends[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		(void)snprintf(text, sizeof text, "%d", ends[1]);
		setenv("NEIGHBOUR_PIPE", text, 1);
		if (mode() == MODE_SHORT) {
			(void)snprintf(text, sizeof text, "%d", SHORT_MS);
			setenv("NEIGHBOUR_TIMEOUT", text, 1);
		}
		(void)snprintf(text, sizeof text, "%s:%s/.libs/libneighbour.so",
			       mode() == MODE_NATIVE ? "" : library, directory);
		if (preload)
			setenv("LD_PRELOAD", text, 1);
		(void)close(ends[0]);
		execv(argv[0], argv);
		_exit(127);
	}
	(void)close(ends[1]);
	while ((n = read(ends[0], said + length, sizeof said - 1 - length)) > 0)
		length += (size_t)n;
	said[length] = '\0';
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "status %x", (unsigned)status);
	ck_assert_str_eq(said, expected);
}

BEHAVIOUR_TEST(preloaded, ALL)
{
	char *const command[] = {"/bin/true", NULL};

	find_directory();
	run(command, true, "cd");
}

BEHAVIOUR_TEST(linked, ALL)
{
	char victim[PATH_MAX + 40];
	char *const linked_victim[] = {victim, "linked", NULL};

	find_directory();
	(void)snprintf(victim, sizeof victim, "%s/order_victim", directory);
	/* Its constructor, a call, an atexit handler, and its destructor. */
	run(linked_victim, false, "cnnd");
}

BEHAVIOUR_TEST(opened, ALL)
{
	char victim[PATH_MAX + 40], library[PATH_MAX + 40];
	char *const opening_victim[] = {victim, library, NULL};

	find_directory();
	(void)snprintf(victim, sizeof victim, "%s/open_victim", directory);
	(void)snprintf(library, sizeof library, "%s/.libs/libneighbour.so", directory);
	run(opening_victim, false, "cndcn");
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "order");
}
