/*
 * Walks the loaded objects from this one to libc and looks into their tables of symbols. Cold.
 *
 * The walk takes no lock and needs none: everything from a preloaded library to libc was loaded at
 * start, in the order of the search, and is never unloaded (ld.so(8); glibc elf/rtld.c, dl-deps.c).
 * What dlopen(3) brings comes after. The tables are those of the ELF specification and of GNU's hash
 * (glibc elf/dl-lookup.c: do_lookup_x, check_match).
 */
#include "config.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "calls/next.h"

#ifdef HAVE__DL_FIND_OBJECT

/* Of a symbol's version: the one that is not asked for by name only (glibc elf/dl-lookup.c). */
#define VERSION_IS_HIDDEN 0x8000

/* An object's tables. */
struct tables {
	const uint32_t *hash;
	const ElfW(Sym) * symbols;
	const char *strings;
	const ElfW(Versym) * versions; /* NULL: it has none */
};

/* The object that holds address. Reads the linker's table for the unwinder, which takes no lock
 * (glibc elf/dl-find_object.c). */
static const struct link_map *object_of(const void *address)
{
	struct dl_find_object found;

	return _dl_find_object((void *)(uintptr_t)address, &found) == 0 ? found.dlfo_link_map
									: NULL;
}

static const struct link_map *object_own(void)
{
	return object_of(__extension__(const void *) next_find);
}

/* By a function that nobody else has a reason to define. */
static const struct link_map *object_libc(void)
{
	return object_of(__extension__(const void *) gnu_get_libc_version);
}

/* The linker has made addresses of what stands in the section, except where it is read-only. */
static const void *table_at(const struct link_map *object, ElfW(Addr) value)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): an address is what it is. */
	return (const void *)(value < object->l_addr ? value + object->l_addr : value);
}

/* False where there is no table that can be searched. */
static bool tables_find(const struct link_map *object, struct tables *tables)
{
	*tables = (struct tables){0};
	for (const ElfW(Dyn) *entry = object->l_ld; entry->d_tag != DT_NULL; entry++) {
		const void *const table = table_at(object, entry->d_un.d_ptr);

		switch (entry->d_tag) {
		case DT_GNU_HASH:
			tables->hash = table;
			break;
		case DT_SYMTAB:
			tables->symbols = table;
			break;
		case DT_STRTAB:
			tables->strings = table;
			break;
		case DT_VERSYM:
			tables->versions = table;
			break;
		default:
			break;
		}
	}
	return tables->hash != NULL && tables->symbols != NULL && tables->strings != NULL;
}

/* D. J. Bernstein's, as in DT_GNU_HASH. */
static uint32_t hash_name(const char *name)
{
	uint32_t hash = 5381;

	for (; *name != '\0'; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

/* A function that others may bind to, without asking for a version. */
static bool is_offered(const struct tables *tables, uint32_t index)
{
	const ElfW(Sym) *const symbol = &tables->symbols[index];
	const unsigned int binding = ELF64_ST_BIND(symbol->st_info);
	const unsigned int visibility = ELF64_ST_VISIBILITY(symbol->st_other);

	return symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0 &&
	       (binding == STB_GLOBAL || binding == STB_WEAK) &&
	       (visibility == STV_DEFAULT || visibility == STV_PROTECTED) &&
	       (tables->versions == NULL || (tables->versions[index] & VERSION_IS_HIDDEN) == 0);
}

/* The words of DT_GNU_HASH: how many buckets, the first symbol in them, the words of the filter and
 * its shift; the filter, the buckets, the chains. */
static const ElfW(Sym) *
	symbol_find(const struct tables *tables, const char *name, uint32_t hash)
{
	const uint32_t bucket_count = tables->hash[0], first = tables->hash[1];
	const uint32_t filter_count = tables->hash[2], shift = tables->hash[3];
	const ElfW(Addr) *const filter = (const void *)&tables->hash[4];
	const uint32_t *const buckets = (const void *)&filter[filter_count];
	const uint32_t *const chains = &buckets[bucket_count];
	const unsigned int width = sizeof(ElfW(Addr)) * 8;
	ElfW(Addr) word;
	uint32_t index;

	if (bucket_count == 0 || filter_count == 0)
		return NULL;
	word = filter[hash / width & (filter_count - 1)];
	if ((word >> hash % width & word >> (hash >> shift) % width & 1) == 0)
		return NULL;
	index = buckets[hash % bucket_count];
	if (index < first)
		return NULL;
	for (;; index++) {
		const uint32_t entry = chains[index - first];

		/* The lowest bit says whether it is the chain's last. */
		if ((entry | 1) == (hash | 1) && is_offered(tables, index) &&
		    strcmp(tables->strings + tables->symbols[index].st_name, name) == 0)
			return &tables->symbols[index];
		if ((entry & 1) != 0)
			return NULL;
	}
}

static bool examine(void)
{
	const struct link_map *const own = object_own(), *const libc = object_libc();
	struct tables tables;

	if (own == NULL || libc == NULL || own == libc)
		return false;
	for (const struct link_map *object = own->l_next; object != NULL;
	     object = object->l_next) {
		if (!tables_find(object, &tables))
			return false;
		if (object == libc)
			return true;
	}
	return false;
}

bool next_known(void)
{
	/* UNEXAMINED is not 0, so that the variable stands in .data, which every start touches. */
	enum { UNKNOWN, KNOWN, UNEXAMINED };
	static atomic_int state = UNEXAMINED;
	int now = atomic_load_explicit(&state, memory_order_relaxed);

	/* Whoever examines finds the same. */
	if (now == UNEXAMINED) {
		now = examine() ? KNOWN : UNKNOWN;
		atomic_store_explicit(&state, now, memory_order_relaxed);
	}
	return now == KNOWN;
}

void *next_find(const char *name, bool *is_libc)
{
	const struct link_map *const libc = object_libc();
	const uint32_t hash = hash_name(name);
	const ElfW(Sym) * symbol;
	struct tables tables;

	for (const struct link_map *object = object_own()->l_next; object != NULL;
	     object = object->l_next) {
		*is_libc = object == libc;
		symbol = tables_find(object, &tables) ? symbol_find(&tables, name, hash) : NULL;
		if (symbol != NULL)
			/* NOLINTNEXTLINE(performance-no-int-to-ptr): ELF's are integers. */
			return ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC
				       ? NULL
				       : (void *)(object->l_addr + symbol->st_value);
		if (*is_libc)
			break;
	}
	return NULL;
}

#else

bool next_known(void)
{
	return false;
}

void *next_find(const char *name, bool *is_libc)
{
	(void)name;
	*is_libc = false;
	return NULL;
}

#endif
