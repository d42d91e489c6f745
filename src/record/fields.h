/*
 * The walk over a record's fields: their names, and what is left out. For the structured forms.
 * Cold; async-signal-safe.
 */
#ifndef RECORD_FIELDS_H
#define RECORD_FIELDS_H

#include "record/record.h"

/* How a form puts one field. The name is that of doc/log.schema.json. */
struct fields_form {
	/* A number or `true`, as it stands in JSON. */
	void (*literal)(struct text *text, const char *name, const char *value);
	/* Any bytes. */
	void (*string)(struct text *text, const char *name, const char *bytes, size_t length);
	size_t reserve; /* bytes that are left free at the end of the text */
};

/* Put a field, or nothing of it where it does not fit: then *truncated becomes true. */
void fields_put_literal(struct text *text, const struct fields_form *form, bool *truncated,
			const char *name, const char *value);
void fields_put_string(struct text *text, const struct fields_form *form, bool *truncated,
		       const char *name, const char *bytes, size_t length);

/* Put all fields but time, program, pid and message, which the forms have their own ways with. */
void fields_put(struct text *text, const struct fields_form *form, bool *truncated,
		const struct record *record);

#endif
