/*
 * Asks the dynamic linker, as ldd(1) does: with LD_TRACE_LOADED_OBJECTS the dynamic linker maps the
 * objects, prints them, and exits before any relocation (elf/rtld.c). The launcher executes the dynamic
 * linker with the program as its argument. ldd executes the program itself, and so runs any file that
 * the program names as its interpreter. musl's dynamic linker does not know the variable, and lists the
 * objects when its own name is ldd (ldso/dynlink.c). Cold; owns no state.
 */
#include "launcher/program/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "launcher/allocate.h"

bool loader_is_glibc(const char *interpreter)
{
	static const char *const names[] = {"ld-linux", "ld64.so", "ld.so", "ld-lsb"};
	const char *name = basename(interpreter);

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

bool loader_is_musl(const char *interpreter)
{
	return strncmp(basename(interpreter), "ld-musl-", strlen("ld-musl-")) == 0;
}

/* In the child. Variables that make the dynamic linker do more than list are removed: LD_AUDIT runs
 * libraries, LD_WARN and LD_BIND_NOW relocate, LD_VERBOSE and LD_DEBUG print. */
static _Noreturn void become_loader(const char *interpreter, const char *program,
				    const char *preload, int output)
{
	static const char *const dropped[] = {"LD_AUDIT", "LD_WARN", "LD_BIND_NOW",
					      "LD_VERBOSE", "LD_DEBUG"};
	const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < COUNT_OF(dropped); i++)
		unsetenv(dropped[i]);
	if (setenv("LD_TRACE_LOADED_OBJECTS", "1", 1) == 0 &&
	    setenv("LD_PRELOAD", preload, 1) == 0 && dup2(output, STDOUT_FILENO) >= 0 &&
	    dup2(nothing, STDIN_FILENO) >= 0 && dup2(nothing, STDERR_FILENO) >= 0)
		execl(interpreter, loader_is_musl(interpreter) ? "ldd" : interpreter, program,
		      (char *)NULL);
	_exit(127);
}

/* A line of the list: `NAME (0x...)`, `NAME => FILE (0x...)` or `NAME => not found`. */
static void add_line(struct loader_list *list, char *line)
{
	struct loader_object *object;
	char *path;
	char *address;

	line += strspn(line, "\t ");
	line[strcspn(line, "\n")] = '\0';
	address = strstr(line, " (0x");
	if (address != NULL)
		*address = '\0';
	path = strstr(line, " => ");
	if (path != NULL) {
		*path = '\0';
		path += strlen(" => ");
	}
	if (line[0] == '\0' || (path == NULL && address == NULL))
		return;
	list->objects = allocate_array(list->objects, list->count + 1, sizeof(*object));
	object = &list->objects[list->count++];
	object->name = allocate_text("%s", line);
	object->path = path != NULL && address == NULL
			       ? NULL
			       : allocate_text("%s", path == NULL ? line : path);
}

static void read_list(FILE *output, struct loader_list *list)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, output) >= 0)
		add_line(list, line);
	free(line);
}

int loader_ask(const char *interpreter, const char *program, const char *preload,
	       struct loader_list *list)
{
	int ends[2];
	int status = -1;
	FILE *output;
	pid_t child;

	*list = (struct loader_list){NULL, 0};
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	child = fork();
	if (child == 0)
		become_loader(interpreter, program, preload, ends[1]);
	close(ends[1]);
	output = child < 0 ? NULL : fdopen(ends[0], "r");
	if (output != NULL) {
		read_list(output, list);
		fclose(output);
	} else {
		close(ends[0]);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0 && list->count > 0)
		return 0;
	loader_free(list);
	return -ENOEXEC;
}

void loader_free(struct loader_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->objects[i].name);
		free(list->objects[i].path);
	}
	free(list->objects);
	*list = (struct loader_list){NULL, 0};
}
