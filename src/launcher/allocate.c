/*
 * Allocates memory; ends the launcher where memory is short. Cold; owns no state.
 */
#include "launcher/allocate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "launcher/status.h"

static _Noreturn void die_of_memory(void)
{
	die(STATUS_REFUSED, "out of memory");
}

char *allocate_text(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		die_of_memory();
	return text;
}

void *allocate_array(void *array, size_t count, size_t size)
{
	void *larger = reallocarray(array, count, size);

	if (larger == NULL)
		die_of_memory();
	return larger;
}
