/*
 * Examines the symbols of the objects that the dynamic linker lists. Cold; owns no state.
 */
#include "launcher/program/survey.h"

#include <stdlib.h>
#include <string.h>

#include "launcher/allocate.h"
#include "launcher/program/functions.h"
#include "launcher/program/image.h"
#include "launcher/library.h"
#include "launcher/program/loader.h"

static void note_symbol(const char *symbol, bool defined, void *context)
{
	const struct survey_object *object = context;
	const size_t function = functions_find(symbol);

	if (function < functions_count)
		(defined ? object->defines : object->imports)[function] = true;
}

static void add(struct survey *survey, const char *name, const char *path)
{
	struct survey_object *object;

	survey->objects =
		allocate_array(survey->objects, survey->count + 1, sizeof(*survey->objects));
	object = &survey->objects[survey->count++];
	*object = (struct survey_object){
		.path = path == NULL ? NULL : allocate_text("%s", path),
		.name = allocate_text("%s", name),
		.imports = allocate_array(NULL, functions_count, sizeof(bool)),
		.defines = allocate_array(NULL, functions_count, sizeof(bool)),
	};
	memset(object->imports, 0, functions_count * sizeof(bool));
	memset(object->defines, 0, functions_count * sizeof(bool));
	object->has_symbols = path != NULL && image_symbols(path, note_symbol, object) == 0;
}

/* The object is left out: libc and the dynamic linker define the functions, and the vdso is no file. */
static bool is_passed_over(const struct loader_object *object)
{
	const char *name = basename(object->name);

	return strcmp(name, "libc.so.6") == 0 || strcmp(name, "libc.so") == 0 ||
	       loader_is_glibc(name) || loader_is_musl(name) ||
	       strncmp(name, "linux-vdso", strlen("linux-vdso")) == 0 ||
	       strncmp(name, "linux-gate", strlen("linux-gate")) == 0;
}

void survey_take(const char *file, const char *interpreter, const char *preload,
		 struct survey *survey)
{
	/* realpath: $ORIGIN is the directory of a link's target, since the kernel gives the dynamic
	 * linker that path. */
	char *path = realpath(file, NULL);
	struct loader_list list = {NULL, 0};

	*survey = (struct survey){.objects = NULL};
	add(survey, file, file);
	survey->listed = interpreter != NULL && path != NULL &&
			 loader_ask(interpreter, path, preload, &list) == 0;
	free(path);
	for (size_t i = 0; i < list.count; i++) {
		const struct loader_object *object = &list.objects[i];

		if (strcmp(basename(object->name), LIBRARY_FILE) == 0)
			survey->loaded = object->path != NULL;
		else if (!is_passed_over(object))
			add(survey, object->name, object->path);
	}
	loader_free(&list);
}

void survey_free(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		free(survey->objects[i].path);
		free(survey->objects[i].name);
		free(survey->objects[i].imports);
		free(survey->objects[i].defines);
	}
	free(survey->objects);
}
