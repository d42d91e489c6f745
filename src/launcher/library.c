/*
 * Finds the library and builds LD_PRELOAD. Cold; owns no state.
 */
#include "launcher/library.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/allocate.h"
#include "launcher/status.h"

/* The separators of LD_PRELOAD's entries, and the start of a token: ld.so(8). */
#define SEPARATORS " :"
#define TOKEN      "$"

/* The places of the launcher and the library in a build tree. libtool puts a program that needs a
 * wrapper script into .libs. */
#define BUILD_LAUNCHER "/src/launcher"
#define BUILD_LIBRARY  "/.libs/" LIBRARY_FILE

/* Cut suffix off the end of path. False: path has no such end, and is unchanged. */
static bool cut_suffix(char *path, const char *suffix)
{
	size_t length = strlen(path);
	size_t cut = strlen(suffix);

	if (length < cut || strcmp(path + length - cut, suffix) != 0)
		return false;
	path[length - cut] = '\0';
	return true;
}

/* The library of the build tree that contains this program; NULL: the program is installed. */
static char *library_of_build_tree(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (length < 0)
		return NULL;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	cut_suffix(path, "/.libs");
	return cut_suffix(path, BUILD_LAUNCHER) ? allocate_text("%s" BUILD_LIBRARY, path)
						: NULL;
}

bool library_can_be_preloaded(const char *library)
{
	return strpbrk(library, SEPARATORS TOKEN) == NULL;
}

char *library_find(void)
{
	char *library = library_of_build_tree();

	if (library == NULL)
		library = allocate_text(LIBDIR "/" LIBRARY_FILE);
	if (!library_can_be_preloaded(library))
		die(STATUS_REFUSED,
		    "%s: a path with a space, a colon or a dollar cannot be written in "
		    "LD_PRELOAD",
		    library);
	if (access(library, R_OK) != 0)
		die(STATUS_REFUSED, "%s: %m", library);
	return library;
}

char *library_find_musl(const char *library)
{
	const int directory = (int)(strrchr(library, '/') - library);
	char *const musl = allocate_text("%.*s/musl/" LIBRARY_FILE, directory, library);

	if (access(musl, R_OK) == 0)
		return musl;
	free(musl);
	return NULL;
}

bool library_is_same_file(const char *path, const char *other)
{
	struct stat status;
	struct stat other_status;

	return stat(path, &status) == 0 && stat(other, &other_status) == 0 &&
	       status.st_dev == other_status.st_dev && status.st_ino == other_status.st_ino;
}

/*
 * Whether /usr/$LIB is directory. The value of $LIB is built into the dynamic linker. So dlopen opens
 * libc by a path with $LIB (RTLD_NOLOAD: nothing is loaded), and the file that dlopen found must be the
 * libc in directory.
 */
static bool lib_token_leads_to(const char *directory)
{
	void *libc = dlopen("/usr/$LIB/libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	struct link_map *map;
	char *beside;
	bool same;

	if (libc == NULL)
		return false;
	beside = allocate_text("%s/libc.so.6", directory);
	same = dlinfo(libc, RTLD_DI_LINKMAP, &map) == 0 &&
	       library_is_same_file(map->l_name, beside);
	free(beside);
	dlclose(libc);
	return same;
}

char *library_preload_name(const char *library)
{
	char *directory = allocate_text("%s", library);
	bool tokenized = cut_suffix(directory, "/" LIBRARY_FILE) &&
			 strncmp(directory, "/usr/lib", strlen("/usr/lib")) == 0 &&
			 lib_token_leads_to(directory);

	free(directory);
	return allocate_text("%s", tokenized ? "/usr/$LIB/" LIBRARY_FILE : library);
}

char *library_prepend(const char *name, const char *library, const char *inherited)
{
	char *entries;
	char *rest;
	bool found = false;

	if (inherited == NULL || inherited[strspn(inherited, SEPARATORS)] == '\0')
		return allocate_text("%s", name);
	entries = rest = allocate_text("%s", inherited);
	while (!found && rest != NULL) {
		const char *entry = strsep(&rest, SEPARATORS);

		/* An entry without a slash is no path: the dynamic linker searches for its name. */
		found = strcmp(entry, name) == 0 ||
			(strchr(entry, '/') != NULL && library_is_same_file(entry, library));
	}
	free(entries);
	return found ? allocate_text("%s", inherited) : allocate_text("%s:%s", name, inherited);
}
