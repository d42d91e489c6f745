/*
 * What is remembered from look to look: processes, threads and sockets, each by a number. Entries
 * stay where they are in memory until they are dropped. Owns nothing; a table is its user's.
 */
#ifndef LAUNCHER_OUTSIDE_PROCESS_KNOWN_H
#define LAUNCHER_OUTSIDE_PROCESS_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What each entry begins with. */
struct known {
	uint64_t key;
	uint64_t look; /* the number of the last look that asked for it */
};

struct known_table {
	size_t entry_size;
	size_t count, capacity; /* capacity: 0 or a power of two, more than count */
	struct known **slots;
};

/* The entry of that key, which is noted as asked for in this look; zeroed, with *fresh, where there
 * was none. */
void *known_get(struct known_table *table, uint64_t key, uint64_t look, bool *fresh);
/* The entry of that key, or NULL. Notes nothing. */
void *known_find(const struct known_table *table, uint64_t key);
/* Drop the entries that no look asked for since that one; leave, unless NULL, is called for each. */
typedef void known_visit(void *entry, void *context);
void known_drop(struct known_table *table, uint64_t before, known_visit *leave, void *context);
/* Call visit for each entry; the table must not be changed. */
void known_each(const struct known_table *table, known_visit *visit, void *context);

#endif
