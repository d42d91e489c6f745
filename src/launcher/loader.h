/*
 * What a dynamic linker would load for a program, by its own account. Executes the dynamic
 * linker, not the program. Cold; allocates.
 */
#ifndef LAUNCHER_LOADER_H
#define LAUNCHER_LOADER_H

#include <stdbool.h>
#include <stddef.h>

struct loader_object {
	char *name; /* as it was asked for: DT_NEEDED, an entry of LD_PRELOAD */
	char *path; /* the file; NULL where there is none */
};

struct loader_list {
	struct loader_object *objects;
	size_t count;
};

/* Whether the file is glibc's dynamic linker, going by its name. */
bool loader_is_glibc(const char *interpreter);

/*
 * The objects that interpreter would load for the program with this LD_PRELOAD, in the order of
 * their loading; itself and the kernel's vdso among them, the program not. Returns 0; -ENOEXEC
 * where it refuses (another machine's program, a missing symbol version); or another -Exxx.
 */
int loader_ask(const char *interpreter, const char *program, const char *preload,
	       struct loader_list *list);
void loader_free(struct loader_list *list);

#endif
