/*
 * ELF files as the launcher sees them: for which machine, by which dynamic linker, with which
 * symbols. Reads files (libelf), executes nothing. Cold; allocates.
 */
#ifndef LAUNCHER_IMAGE_H
#define LAUNCHER_IMAGE_H

#include <stdbool.h>

struct image {
	unsigned char class; /* ELFCLASS32 or ELFCLASS64 */
	unsigned char data;  /* ELFDATA2LSB or ELFDATA2MSB */
	unsigned machine;    /* EM_X86_64, ... */
	bool dynamic;        /* it has a dynamic section */
	bool go;             /* made by Go's own linker */
	bool audits;       /* it names libraries that the dynamic linker would run: DT_AUDIT */
	char *interpreter; /* the dynamic linker it asks for; NULL where it asks for none */
	char *name;        /* DT_SONAME; NULL without */
};

/* What the file says. Returns 0; -ENOEXEC for what is no ELF program or library; or another
 * -Exxx of opening or reading. Nothing is to be freed but after 0. */
int image_read(const char *path, struct image *image);
void image_free(struct image *image);

/* Whether programs of one can load libraries of the other. */
bool image_fits(const struct image *one, const struct image *other);
/* "x86-64", "i386"; "machine 0x102" for what has no name here. Until the next call. */
const char *image_machine(const struct image *image);

/* Call visit for each symbol of the dynamic symbol table: whether it is defined or imported.
 * Returns 0; -ENODATA where there is no such table; or -Exxx as image_read. */
typedef void image_visit(const char *symbol, bool defined, void *context);
int image_symbols(const char *path, image_visit *visit, void *context);

#endif
