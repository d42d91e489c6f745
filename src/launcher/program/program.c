/*
 * Follows a command to the file that the kernel executes. Cold; owns no state.
 *
 * Repeats the decisions of execvp(3), of the kernel (fs/binfmt_script.c) and of env(1).
 */
#include "launcher/program/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/allocate.h"

/* The kernel reads so many bytes to find the kind of a file: BINPRM_BUF_SIZE of linux/binfmts.h. */
#define HEAD_SIZE 256

#define BLANKS " \t"

/* 0 where the file can be executed, else errno. */
static int executable(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno;
	if (!S_ISREG(status.st_mode))
		return EACCES;
	return eaccess(path, X_OK) == 0 ? 0 : errno;
}

/* The path that execvp(3) searches where PATH is not set. */
static char *default_path(void)
{
	const size_t size = confstr(_CS_PATH, NULL, 0);
	char *path = allocate_array(NULL, size + 1, 1);

	path[0] = '\0';
	confstr(_CS_PATH, path, size);
	return path;
}

/* Search PATH for name. Returns the file, from malloc; or NULL, with *error. */
static char *search(const char *name, int *error)
{
	const char *inherited = getenv("PATH");
	char *path = inherited == NULL ? default_path() : allocate_text("%s", inherited);
	char *rest = path;
	char *found = NULL;

	*error = ENOENT;
	while (found == NULL && rest != NULL && name[0] != '\0') {
		const char *directory = strsep(&rest, ":");
		char *file = allocate_text("%s%s%s", directory, directory[0] == '\0' ? "" : "/",
					   name);
		const int failed = executable(file);

		if (failed == 0)
			found = file;
		else
			free(file);
		if (failed == EACCES)
			*error = EACCES;
	}
	free(path);
	return found;
}

/* Add the file of name. False, with program->error: the file cannot be executed. */
static bool add(struct program *program, const char *name, bool searched, enum program_way way)
{
	struct program_file *file = &program->files[program->count];

	if (program->count == PROGRAM_FILES) {
		program->error = ELOOP;
		return false;
	}
	if (searched && strchr(name, '/') == NULL) {
		file->path = search(name, &program->error);
		if (file->path != NULL)
			program->error = 0;
		else
			file->path = allocate_text("%s", name);
	} else {
		file->path = allocate_text("%s", name);
		program->error = executable(name);
	}
	file->way = way;
	program->count++;
	return program->error == 0;
}

/* Read the start of the file as text. False: the file cannot be read. */
static bool read_head(const char *path, char head[HEAD_SIZE + 1])
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const ssize_t length = fd < 0 ? -1 : read(fd, head, HEAD_SIZE);

	if (fd >= 0)
		close(fd);
	head[length < 0 ? 0 : length] = '\0';
	return length >= 0;
}

/* The program that `env ARGUMENT` executes; a part of argument, or NULL. argument is the rest of the #!
 * line, which the kernel passes as one word; env splits the word with -S only. */
static char *program_of_env(char *argument)
{
	char *word;

	if (strncmp(argument, "-S", 2) == 0)
		argument += 2;
	else if (strncmp(argument, "-vS", 3) == 0)
		argument += 3;
	else if (strncmp(argument, "--split-string", 14) == 0)
		argument += 14 + (argument[14] == '=');
	else
		return argument[0] == '-' || argument[0] == '\0' ? NULL : argument;
	while ((word = strsep(&argument, BLANKS)) != NULL)
		if (strcmp(word, "-u") == 0 || strcmp(word, "-C") == 0)
			(void)strsep(&argument, BLANKS);
		else if (word[0] != '\0' && word[0] != '-' && strchr(word, '=') == NULL)
			return word;
	return NULL;
}

/* Add the interpreter of a #! line, and the program that env runs. */
static bool add_interpreter(struct program *program, char *line)
{
	char *name;
	char *program_named;

	line[strcspn(line, "\n")] = '\0';
	for (size_t end = strlen(line); end > 0 && strchr(BLANKS, line[end - 1]) != NULL; end--)
		line[end - 1] = '\0';
	line += strspn(line, BLANKS);
	name = strsep(&line, BLANKS);
	if (name[0] == '\0')
		return add(program, _PATH_BSHELL, false, PROGRAM_SHELL);
	if (!add(program, name, false, PROGRAM_SCRIPT))
		return false;
	if (line == NULL || strcmp(basename(name), "env") != 0)
		return true;
	program_named = program_of_env(line + strspn(line, BLANKS));
	return program_named == NULL || add(program, program_named, true, PROGRAM_ENV);
}

void program_find(const char *command, struct program *program)
{
	char head[HEAD_SIZE + 1];
	bool more;

	program->count = 0;
	more = add(program, command, true, PROGRAM_COMMAND);
	while (more) {
		const char *path = program->files[program->count - 1].path;

		if (!read_head(path, head) || strncmp(head, ELFMAG, SELFMAG) == 0)
			more = false;
		else if (strncmp(head, "#!", 2) == 0)
			more = add_interpreter(program, head + 2);
		else
			more = add(program, _PATH_BSHELL, false, PROGRAM_SHELL);
	}
}

void program_free(struct program *program)
{
	while (program->count > 0)
		free(program->files[--program->count].path);
}
