/*
 * Asks a dynamic linker which objects it would load for a program. Executes the dynamic linker, not the
 * program. Cold; allocates.
 */
#ifndef LAUNCHER_PROGRAM_LOADER_H
#define LAUNCHER_PROGRAM_LOADER_H

#include <stdbool.h>
#include <stddef.h>

struct loader_object {
	char *name; /* the name in DT_NEEDED or LD_PRELOAD */
	char *path; /* the file; NULL: not found */
};

struct loader_list {
	struct loader_object *objects;
	size_t count;
};

/* The file name is a name of glibc's dynamic linker; of musl's. */
bool loader_is_glibc(const char *interpreter);
bool loader_is_musl(const char *interpreter);

/*
 * The objects that interpreter would load for the program with this LD_PRELOAD, in loading order,
 * including interpreter and the kernel's vdso, without the program. Returns 0; -ENOEXEC: interpreter
 * refused (the program of another machine, a missing symbol version); or another -Exxx.
 */
int loader_ask(const char *interpreter, const char *program, const char *preload,
	       struct loader_list *list);
void loader_free(struct loader_list *list);

#endif
