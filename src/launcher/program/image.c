/*
 * Reads ELF files with libelf. Owns the text of image_machine. Cold.
 */
#include "launcher/program/image.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "launcher/allocate.h"

struct opened {
	int fd;
	Elf *elf;
	GElf_Ehdr header;
};

static void close_elf(const struct opened *opened)
{
	elf_end(opened->elf);
	close(opened->fd);
}

/* Open a file that can be executed: only a regular file can. O_NONBLOCK: a FIFO would block the open. */
static int open_regular(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return -EACCES;
}

static int open_elf(const char *path, struct opened *opened)
{
	opened->fd = open_regular(path);
	if (opened->fd < 0)
		return opened->fd;
	elf_version(EV_CURRENT);
	/* ELF_C_READ does not map the file: a truncation of a mapped file would raise SIGBUS. */
	opened->elf = elf_begin(opened->fd, ELF_C_READ, NULL);
	if (opened->elf != NULL && elf_kind(opened->elf) == ELF_K_ELF &&
	    gelf_getehdr(opened->elf, &opened->header) != NULL &&
	    (opened->header.e_type == ET_EXEC || opened->header.e_type == ET_DYN))
		return 0;
	close_elf(opened);
	return -ENOEXEC;
}

static char *read_interpreter(Elf *elf, const GElf_Phdr *segment)
{
	Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)segment->p_offset,
					      (size_t)segment->p_filesz, ELF_T_BYTE);

	return data == NULL ? NULL
			    : allocate_text("%.*s", (int)data->d_size, (char *)data->d_buf);
}

static void read_segments(const struct opened *opened, struct image *image)
{
	size_t count = 0;

	elf_getphdrnum(opened->elf, &count);
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr segment;

		if (gelf_getphdr(opened->elf, (int)i, &segment) == NULL)
			continue;
		if (segment.p_type == PT_DYNAMIC)
			image->dynamic = true;
		if (segment.p_type == PT_INTERP && image->interpreter == NULL)
			image->interpreter = read_interpreter(opened->elf, &segment);
	}
}

static void read_dynamic(Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
			 struct image *image)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Dyn entry;

	for (int i = 0; data != NULL && gelf_getdyn(data, i, &entry) != NULL; i++) {
		const char *string = elf_strptr(elf, header->sh_link, (size_t)entry.d_un.d_val);

		if (entry.d_tag == DT_AUDIT || entry.d_tag == DT_DEPAUDIT)
			image->audits = true;
		if (entry.d_tag == DT_SONAME && string != NULL && image->name == NULL)
			image->name = allocate_text("%s", string);
	}
}

static void read_sections(const struct opened *opened, struct image *image)
{
	Elf_Scn *section = NULL;
	size_t names = 0;

	elf_getshdrstrndx(opened->elf, &names);
	while ((section = elf_nextscn(opened->elf, section)) != NULL) {
		GElf_Shdr header;
		const char *name;

		if (gelf_getshdr(section, &header) == NULL)
			continue;
		name = elf_strptr(opened->elf, names, header.sh_name);
		/* Go's cmd/link puts this section into every program (runtime/debug). */
		if (name != NULL && strcmp(name, ".go.buildinfo") == 0)
			image->go = true;
		if (header.sh_type == SHT_DYNAMIC)
			read_dynamic(opened->elf, section, &header, image);
	}
}

int image_read(const char *path, struct image *image)
{
	struct opened opened;
	int error = open_elf(path, &opened);

	if (error != 0)
		return error;
	*image = (struct image){
		.class = opened.header.e_ident[EI_CLASS],
		.data = opened.header.e_ident[EI_DATA],
		.machine = opened.header.e_machine,
	};
	read_segments(&opened, image);
	read_sections(&opened, image);
	close_elf(&opened);
	return 0;
}

void image_free(struct image *image)
{
	free(image->interpreter);
	free(image->name);
}

bool image_fits(const struct image *one, const struct image *other)
{
	return one->class == other->class && one->data == other->data &&
	       one->machine == other->machine;
}

const char *image_machine(const struct image *image)
{
	static const struct {
		unsigned machine;
		unsigned char class;
		const char *name;
	} names[] = {
		{EM_X86_64, ELFCLASS64, "x86-64"},
		{EM_X86_64, ELFCLASS32, "x32"},
		{EM_386, ELFCLASS32, "i386"},
		{EM_AARCH64, ELFCLASS64, "AArch64"},
		{EM_ARM, ELFCLASS32, "ARM"},
		{EM_PPC64, ELFCLASS64, "PowerPC64"},
		{EM_S390, ELFCLASS64, "s390x"},
		{EM_RISCV, ELFCLASS64, "RISC-V"},
		{EM_LOONGARCH, ELFCLASS64, "LoongArch"},
	};
	static char number[32];

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i].machine == image->machine && names[i].class == image->class)
			return names[i].name;
	snprintf(number, sizeof(number), "machine 0x%x", image->machine);
	return number;
}

static void visit_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, image_visit *visit,
			void *context)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;

	for (int i = 1; data != NULL && gelf_getsym(data, i, &symbol) != NULL; i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);

		if (name != NULL && GELF_ST_BIND(symbol.st_info) != STB_LOCAL)
			visit(name, symbol.st_shndx != SHN_UNDEF, context);
	}
}

int image_symbols(const char *path, image_visit *visit, void *context)
{
	struct opened opened;
	Elf_Scn *section = NULL;
	int result = open_elf(path, &opened);

	if (result != 0)
		return result;
	result = -ENODATA;
	while ((section = elf_nextscn(opened.elf, section)) != NULL) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) == NULL || header.sh_type != SHT_DYNSYM)
			continue;
		visit_table(opened.elf, section, &header, visit, context);
		result = 0;
	}
	close_elf(&opened);
	return result;
}
