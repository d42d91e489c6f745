/*
 * Memory for the launcher. Where memory is short, the launcher dies (125). Cold.
 */
#ifndef LAUNCHER_ALLOCATE_H
#define LAUNCHER_ALLOCATE_H

#include <stddef.h>

/* The formatted text, from malloc. */
char *allocate_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Resize array (from malloc, or NULL) to count elements of size bytes. */
void *allocate_array(void *array, size_t count, size_t size);

#endif
