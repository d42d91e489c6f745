/*
 * Goes through the fields of a record, for the forms with named fields (JSON, the journal). Owns the
 * names of the fields. Cold; async-signal-safe.
 */
#ifndef RECORD_FIELDS_H
#define RECORD_FIELDS_H

#include "record/record.h"

/* The functions that put one field. The names are those of docs/log.schema.json. */
struct fields_form {
	/* value is a number or `true`, in the syntax of JSON. */
	void (*literal)(struct text *text, const char *name, const char *value);
	/* bytes are any bytes. */
	void (*string)(struct text *text, const char *name, const char *bytes, size_t length);
	size_t reserve; /* bytes to leave free at the end of the text */
};

/* Put a field. If the field does not fit, put nothing and set *truncated. */
void fields_put_literal(struct text *text, const struct fields_form *form, bool *truncated,
			const char *name, const char *value);
void fields_put_string(struct text *text, const struct fields_form *form, bool *truncated,
		       const char *name, const char *bytes, size_t length);

/* Put all fields but time, program, pid and message, which differ between the forms. */
void fields_put(struct text *text, const struct fields_form *form, bool *truncated,
		const struct record *record);

#endif
