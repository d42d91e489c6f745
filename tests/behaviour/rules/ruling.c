/*
 * See ruling.h.
 */
#include "config.h"

#include "rules/ruling.h"

#include <fcntl.h>
#include <limits.h>

/* Processes at a time. */
#define TOGETHER 24

const char *test_files(void)
{
	static const char *directory;

	if (directory == NULL)
		directory = new_directory();
	return directory;
}

const char *in_files(const char *name)
{
	static char paths[8][PATH_MAX];
	static int next;
	char *const path = paths[next++ % 8];

	(void)snprintf(path, PATH_MAX, "%s/%s", test_files(), name);
	return path;
}

void write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

/* arguments with % and $ replaced. */
static void expand(char *to, size_t size, const char *arguments)
{
	static int number;
	size_t length = 0;

	number++;
	for (const char *c = arguments; *c != '\0' && length < size - 1; c++) {
		if (*c == '%')
			length += (size_t)snprintf(to + length, size - length, "%d-%d",
						   (int)getpid(), number);
		else if (*c == '$')
			length += (size_t)snprintf(to + length, size - length, "%s",
						   test_files());
		else
			to[length++] = *c;
	}
	ck_assert_uint_lt(length, size - 1);
	to[length] = '\0';
}

void start_words(struct run *run, const char *arguments)
{
	static char program[PATH_MAX];
	char copy[1000];
	const char *argv[24];
	int count = 0;

	(void)snprintf(program, sizeof program, "%s/rules/rules_victim", test_directory());
	expand(copy, sizeof copy, arguments);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		argv[count++] = word;
	argv[count] = NULL;
	if (run->program == NULL)
		run->program = program;
	start(run, argv);
}

void run_words(struct run *run, const char *arguments)
{
	start_words(run, arguments);
	finish(run);
}

/* The line of the number-th wait, from 0; the last one with -1; NULL where there is none. */
static const char *line_of(const struct run *run, int number)
{
	const char *last = NULL;

	for (const char *line = run->said; line != NULL && *line != '\0';) {
		const char *const end = strchr(line, '\n');

		if (strncmp(line, "ready\n", 6) != 0) {
			last = line;
			if (number-- == 0)
				return line;
		}
		line = end == NULL ? NULL : end + 1;
	}
	return number < 0 ? last : NULL;
}

int wait_took(const struct run *run, int number)
{
	const char *const line = line_of(run, number);
	int took = -1;

	return line != NULL && sscanf(line, "%*s %*d %*s %d", &took) == 1 ? took : -1;
}

void ck_last_wait(const struct run *run, const char *error, int from, int to)
{
	const char *const line = line_of(run, -1);
	char number[32] = "";
	int took = -1;

	if (line != NULL)
		(void)sscanf(line, "%*s %*d %31s %d", number, &took);
	if (to == IN_TIME) {
		ck_took_in_time(took, from);
		to = INT_MAX;
	}
	ck_assert_msg(run->status == 0 && strcmp(number, error) == 0 && took >= from &&
			      took < to,
		      "%s: not %s in %d..%d ms, but status %x, it said: %s%s",
		      run->rules != NULL ? run->rules : run->config, error, from, to,
		      (unsigned)run->status, run->said, run->complained);
}

void ck_waits_under(const struct wait_under *waits, int count)
{
	static struct run runs[TOGETHER];

	(void)test_files();
	for (int begin = 0; begin < count; begin += TOGETHER) {
		const int some = count - begin < TOGETHER ? count - begin : TOGETHER;

		memset(runs, 0, sizeof runs);
		for (int i = 0; i < some; i++) {
			runs[i].rules = waits[begin + i].rules;
			runs[i].spec = waits[begin + i].spec;
			start_words(&runs[i], waits[begin + i].arguments);
		}
		for (int i = 0; i < some; i++) {
			finish(&runs[i]);
			ck_assert_str_eq(runs[i].complained, "");
			ck_last_wait(&runs[i], waits[begin + i].error, waits[begin + i].from,
				     waits[begin + i].to);
		}
	}
}
