/*
 * Finds the functions of functions.h that a program and its libraries import, from their files. Cold;
 * allocates.
 */
#ifndef LAUNCHER_PROGRAM_SURVEY_H
#define LAUNCHER_PROGRAM_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

struct survey_object {
	char *path; /* NULL: the dynamic linker does not find the object */
	char *name; /* the name by which other objects need the object; of the program, its path */
	bool *imports;    /* for each of functions[]: the object imports the function */
	bool *defines;    /* … defines the function */
	bool has_symbols; /* false: imports and defines are not known */
};

struct survey {
	struct survey_object
		*objects; /* the program, then its libraries in the order of loading */
	size_t count;
	bool listed; /* the dynamic linker listed the libraries; false: only the program is known */
	bool loaded; /* libsocktimeout.so is in the list */
};

/* Examine the program in file. interpreter is the program's dynamic linker; NULL: do not ask it. libc,
 * the dynamic linker and libsocktimeout.so are left out. */
void survey_take(const char *file, const char *interpreter, const char *preload,
		 struct survey *survey);
void survey_free(struct survey *survey);

#endif
