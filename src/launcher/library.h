/*
 * Finds the library, and puts the library into LD_PRELOAD. Cold; allocates.
 */
#ifndef LAUNCHER_LIBRARY_H
#define LAUNCHER_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#define LIBRARY_FILE "libsocktimeout.so"

/*
 * The absolute file name of this launcher's library, from malloc: in the build tree for a launcher in a
 * build tree, else the installed library. Dies (125) where the file is missing, or LD_PRELOAD cannot
 * contain its name.
 */
char *library_find(void);

/* The file name of the build of library for musl, from malloc: musl/libsocktimeout.so in the library's
 * directory. NULL: the file is missing. */
char *library_find_musl(const char *library);

/*
 * The name of library for LD_PRELOAD, from malloc: with the dynamic linker's token $LIB where /usr/$LIB
 * leads to the same file, so 32-bit and 64-bit programs load the library of their size.
 */
char *library_preload_name(const char *library);

/* Both names lead to the same existing file. */
bool library_is_same_file(const char *path, const char *other);

/* LD_PRELOAD can contain the file name: spaces and colons separate entries and a dollar begins a token,
 * and ld.so(8) has no quoting. */
bool library_can_be_preloaded(const char *library);

/*
 * The new value of LD_PRELOAD, from malloc: name, then the entries of inherited (may be NULL). Where an
 * entry of inherited is the library already, under any name, the value is inherited.
 */
char *library_prepend(const char *name, const char *library, const char *inherited);

#endif
