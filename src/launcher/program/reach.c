/*
 * Judges whether preloading reaches a program. Cold; owns no state.
 */
#include "launcher/program/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/allocate.h"
#include "launcher/library.h"
#include "launcher/program/loader.h"
#include "launcher/program/privileges.h"

static void judged(struct reach *reach, enum reach_extent extent, char *reason,
		   const char *instead)
{
	reach->extent = extent;
	reach->reason = reason;
	reach->instead = instead;
}

/* The file is a dynamic linker, which runs a program: /lib64/ld-linux-x86-64.so.2 PROGRAM. The file
 * looks like a static program, but honours LD_PRELOAD. */
static bool is_loader(const struct image *image)
{
	return image->interpreter == NULL && image->name != NULL &&
	       loader_is_glibc(image->name);
}

/* Nobody but root can change the file or the path that leads to the file. */
static bool is_roots(const char *file)
{
	char *path = realpath(file, NULL);
	struct stat status;
	bool roots = path != NULL;
	char *slash;

	while (roots && path[0] != '\0') {
		roots = stat(path, &status) == 0 && status.st_uid == 0 &&
			(status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
		slash = strrchr(path, '/');
		if (slash != NULL)
			*slash = '\0';
	}
	free(path);
	return roots;
}

/* The program's dynamic linker, run with this LD_PRELOAD, finds a library for the program. */
static bool loads_library(const char *file, const struct image *image, const char *preload)
{
	struct loader_list list;
	bool found = false;

	if (loader_ask(image->interpreter, file, preload, &list) != 0)
		return false;
	for (size_t i = 0; i < list.count; i++)
		if (list.objects[i].path != NULL &&
		    strcmp(basename(list.objects[i].path), LIBRARY_FILE) == 0)
			found = true;
	loader_free(&list);
	return found;
}

/* The library for musl that the program loads, from malloc; NULL: none. */
static char *musl_library(const char *file, const struct image *image)
{
	char *const library = library_find();
	char *musl = library_find_musl(library);

	if (musl != NULL && !loads_library(file, image, musl)) {
		free(musl);
		musl = NULL;
	}
	free(library);
	return musl;
}

/* Judge by the program's dynamic linker. The launcher's own dynamic linker loads the library, and so does
 * glibc's for the library's machine. Two others are asked: glibc's for another machine, and musl's where a
 * library for musl is installed. */
static void judge_interpreter(const char *file, const char *preload, const struct image *ours,
			      struct reach *reach)
{
	const struct image *image = &reach->image;

	if (ours->interpreter != NULL &&
	    library_is_same_file(image->interpreter, ours->interpreter))
		return;
	if (reach->linker_trusted && loader_is_musl(image->interpreter))
		reach->library = musl_library(file, image);
	if (reach->library != NULL)
		return;
	if (!loader_is_glibc(image->interpreter))
		judged(reach, REACH_NOTHING,
		       allocate_text(
			       "is a program of another libc than glibc (dynamic linker %s)",
			       image->interpreter),
		       "use a build of the program for glibc");
	else if (!image_fits(image, ours) &&
		 !(reach->linker_trusted && loads_library(file, image, preload)))
		judged(reach, REACH_NOTHING,
		       allocate_text("is a program for %s, and " LIBRARY_FILE
				     " for %s is missing",
				     image_machine(image), image_machine(image)),
		       "install socktimeout for the program's machine too, under /usr");
	reach->harmed = reach->extent != REACH_WHOLE;
}

/* Judge by the contents of the ELF file. */
static void judge_image(const char *file, const char *preload, bool trusting,
			struct reach *reach)
{
	const struct image *image = &reach->image;
	struct image ours; /* of the launcher, which is for the same machine as the library */

	if (is_loader(image))
		return; /* the program that it runs is not judged */
	if (image->interpreter != NULL && image_read("/proc/self/exe", &ours) == 0) {
		reach->linker_trusted =
			trusting || is_roots(image->interpreter) ||
			(ours.interpreter != NULL &&
			 library_is_same_file(image->interpreter, ours.interpreter));
		if (!image->go)
			judge_interpreter(file, preload, &ours, reach);
		image_free(&ours);
	}
	if (image->go)
		judged(reach, image->interpreter == NULL ? REACH_NOTHING : REACH_PART,
		       allocate_text(
			       "is a Go program, which makes its socket calls without libc"),
		       "use the timeouts of the program, or timeout(1)");
	else if (!image->dynamic || image->interpreter == NULL)
		judged(reach, REACH_NOTHING,
		       allocate_text("is linked statically, and loads no library"),
		       "use a dynamically linked build of the program, or timeout(1)");
}

void reach_judge(const char *file, const char *preload, bool trusting, struct reach *reach)
{
	char *privileges = privileges_of(file);
	int error;

	*reach = (struct reach){.extent = REACH_WHOLE, .privileged = privileges != NULL};
	error = image_read(file, &reach->image);
	if (privileges != NULL)
		judged(reach, REACH_NOTHING,
		       allocate_text("%s, and the dynamic linker ignores LD_PRELOAD in it",
				     privileges),
		       "see /etc/ld.so.preload in socktimeout(1)");
	else if (error != 0)
		judged(reach, REACH_UNKNOWN,
		       allocate_text("cannot be read: %s", strerror(-error)), "");
	else
		judge_image(file, preload, trusting, reach);
	free(privileges);
}

void reach_free(struct reach *reach)
{
	image_free(&reach->image);
	free(reach->reason);
	free(reach->library);
}
