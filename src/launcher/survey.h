/*
 * Which of the functions that matter a program and its libraries import, as far as their files
 * tell. Cold; allocates.
 */
#ifndef LAUNCHER_SURVEY_H
#define LAUNCHER_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

struct survey_object {
	char *path;       /* NULL: the dynamic linker does not find it */
	char *name;       /* as others ask for it; for the program, its path */
	bool *imports;    /* of each of functions[] */
	bool *defines;    /* the same */
	bool has_symbols; /* else nothing can be said */
};

struct survey {
	struct survey_object
		*objects; /* the program, then its libraries in the order of loading */
	size_t count;
	bool listed; /* the dynamic linker told its libraries; else only the program is here */
	bool loaded; /* our library is among what it would load */
};

/* Look at the program in the file; interpreter is its dynamic linker, or NULL where that is not to
 * be asked. libc, the dynamic linker and our own library are left out. */
void survey_take(const char *file, const char *interpreter, const char *preload,
		 struct survey *survey);
void survey_free(struct survey *survey);

#endif
