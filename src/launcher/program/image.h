/*
 * Reads ELF files (with libelf): the machine, the dynamic linker, the symbols. Executes nothing. Cold;
 * allocates.
 */
#ifndef LAUNCHER_PROGRAM_IMAGE_H
#define LAUNCHER_PROGRAM_IMAGE_H

#include <stdbool.h>

struct image {
	unsigned char class; /* ELFCLASS32 or ELFCLASS64 */
	unsigned char data;  /* ELFDATA2LSB or ELFDATA2MSB */
	unsigned machine;    /* EM_X86_64, ... */
	bool dynamic;        /* it has a dynamic section */
	bool go;             /* made by Go's linker */
	bool audits;         /* names libraries that the dynamic linker would run: DT_AUDIT */
	char *interpreter;   /* the dynamic linker, PT_INTERP; NULL: none */
	char *name;          /* DT_SONAME; NULL: none */
};

/* Read the file into *image. Returns 0, and *image is to be freed; -ENOEXEC: the file is no ELF program
 * or library; or another -Exxx of opening or reading. */
int image_read(const char *path, struct image *image);
void image_free(struct image *image);

/* A program like one can load a library like other. */
bool image_fits(const struct image *one, const struct image *other);
/* "x86-64", "i386"; "machine 0x102" for a machine without a name here. Valid until the next call. */
const char *image_machine(const struct image *image);

/* Call visit for each symbol of the dynamic symbol table, which is defined or imported. Returns 0;
 * -ENODATA: the file has no such table; or -Exxx as image_read. */
typedef void image_visit(const char *symbol, bool defined, void *context);
int image_symbols(const char *path, image_visit *visit, void *context);

#endif
