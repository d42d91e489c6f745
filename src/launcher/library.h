/*
 * Where the library is, and how it gets into LD_PRELOAD. Cold; allocates.
 */
#ifndef LAUNCHER_LIBRARY_H
#define LAUNCHER_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#define LIBRARY_FILE "libsocktimeout.so"

/*
 * The file name (absolute, from malloc) of the library that belongs to this launcher: that of the
 * build tree where the launcher runs out of one, else the installed one. Dies (125) where there
 * is none, or where LD_PRELOAD cannot name it.
 */
char *library_find(void);

/*
 * library as LD_PRELOAD shall name it (from malloc): through the dynamic linker's $LIB token where
 * that leads to the same file, so that programs of both word sizes load the one that fits.
 */
char *library_preload_name(const char *library);

/* Whether both names are of one file that is there. */
bool library_is_same_file(const char *path, const char *other);

/* Whether the file name can stand in LD_PRELOAD, where spaces and colons separate and a dollar
 * begins a token: ld.so(8) has no way to quote them. */
bool library_can_be_preloaded(const char *library);

/*
 * The LD_PRELOAD (from malloc) that loads name first and then inherited's entries (may be NULL);
 * just inherited's where library is among those already, by either name or by another.
 */
char *library_prepend(const char *name, const char *library, const char *inherited);

#endif
