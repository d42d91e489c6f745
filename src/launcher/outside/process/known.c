/*
 * Hash tables with open addressing, of pointers to entries. Owns no state.
 */
#include "launcher/outside/process/known.h"

#include <stdlib.h>
#include <string.h>

#include "launcher/allocate.h"

/* Where the search for the key begins: the multiplier is 2^64 divided by the golden ratio. */
static size_t slot_of(const struct known_table *table, uint64_t key)
{
	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (table->capacity - 1);
}

/* The slot that holds the key, or the free one where it would be. Needs capacity > count. */
static struct known **find_slot(const struct known_table *table, uint64_t key)
{
	size_t i = slot_of(table, key);

	while (table->slots[i] != NULL && table->slots[i]->key != key)
		i = (i + 1) & (table->capacity - 1);
	return &table->slots[i];
}

/* Place all entries in slots of that capacity. */
static void rebuild(struct known_table *table, size_t capacity)
{
	struct known **const old = table->slots;
	const size_t old_capacity = table->capacity;

	table->slots = allocate_array(NULL, capacity, sizeof(void *));
	for (size_t i = 0; i < capacity; i++)
		table->slots[i] = NULL;
	table->capacity = capacity;
	for (size_t i = 0; i < old_capacity; i++)
		if (old[i] != NULL)
			*find_slot(table, old[i]->key) = old[i];
	free(old);
}

void *known_find(const struct known_table *table, uint64_t key)
{
	return table->capacity == 0 ? NULL : *find_slot(table, key);
}

void *known_get(struct known_table *table, uint64_t key, uint64_t look, bool *fresh)
{
	struct known **slot;

	if (table->count + 1 > table->capacity / 2)
		rebuild(table, table->capacity == 0 ? 64 : table->capacity * 2);
	slot = find_slot(table, key);
	*fresh = *slot == NULL;
	if (*fresh) {
		*slot = allocate_array(NULL, 1, table->entry_size);
		memset(*slot, 0, table->entry_size);
		(*slot)->key = key;
		table->count++;
	}
	(*slot)->look = look;
	return *slot;
}

void known_drop(struct known_table *table, uint64_t before, known_visit *leave, void *context)
{
	size_t dropped = 0, capacity = table->capacity;

	for (size_t i = 0; i < table->capacity; i++) {
		struct known *const entry = table->slots[i];

		if (entry == NULL || entry->look >= before)
			continue;
		if (leave != NULL)
			leave(entry, context);
		free(entry);
		table->slots[i] = NULL;
		dropped++;
	}
	if (dropped == 0)
		return;
	table->count -= dropped;
	while (capacity > 64 && table->count < capacity / 8)
		capacity /= 2;
	rebuild(table, capacity);
}

void known_each(const struct known_table *table, known_visit *visit, void *context)
{
	for (size_t i = 0; i < table->capacity; i++)
		if (table->slots[i] != NULL)
			visit(table->slots[i], context);
}
