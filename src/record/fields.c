/*
 * Goes through the fields of a record (fields.h). A field that does not fit is removed as a whole, so
 * the text stays well-formed. Cold; owns no state.
 */
#include "config.h"

#include <string.h>

#include "base/address.h"
#include "base/duration.h"
#include "constants/constants.h"
#include "record/fields.h"

/* The arguments of all put_ functions. */
struct walk {
	struct text *text;
	const struct fields_form *form;
	bool *truncated;
};

static void settle(struct text *text, const struct fields_form *form, bool *truncated,
		   size_t before)
{
	if (!text->truncated && text->length + form->reserve < text->capacity)
		return;
	text->length = before;
	text->start[before] = '\0';
	text->truncated = false;
	*truncated = true;
}

void fields_put_literal(struct text *text, const struct fields_form *form, bool *truncated,
			const char *name, const char *value)
{
	const size_t before = text->length;

	form->literal(text, name, value);
	settle(text, form, truncated, before);
}

void fields_put_string(struct text *text, const struct fields_form *form, bool *truncated,
		       const char *name, const char *bytes, size_t length)
{
	const size_t before = text->length;

	form->string(text, name, bytes, length);
	settle(text, form, truncated, before);
}

static void put_string(const struct walk *walk, const char *name, const char *value)
{
	if (value != NULL)
		fields_put_string(walk->text, walk->form, walk->truncated, name, value,
				  strlen(value));
}

static void put_literal(const struct walk *walk, const char *name, const char *value)
{
	fields_put_literal(walk->text, walk->form, walk->truncated, name, value);
}

static void put_number(const struct walk *walk, const char *name, int64_t value)
{
	char buffer[24];
	struct text number;

	text_begin(&number, buffer, sizeof buffer);
	text_put_signed(&number, value);
	put_literal(walk, name, buffer);
}

static void put_count(const struct walk *walk, const char *name, uint64_t value)
{
	char buffer[24];
	struct text number;

	if (value == 0)
		return;
	text_begin(&number, buffer, sizeof buffer);
	text_put_unsigned(&number, value);
	put_literal(walk, name, buffer);
}

/* Seconds with microseconds. */
static void put_seconds(const struct walk *walk, const char *name, int64_t nanoseconds)
{
	char buffer[40];
	struct text number;

	if (nanoseconds < 0)
		return;
	text_begin(&number, buffer, sizeof buffer);
	text_put_signed(&number, nanoseconds / NANOSECONDS_PER_SECOND);
	text_put_char(&number, '.');
	text_put_padded(
		&number,
		(uint64_t)(nanoseconds % NANOSECONDS_PER_SECOND / NANOSECONDS_PER_MICROSECOND),
		6);
	put_literal(walk, name, buffer);
}

static void put_constant(const struct walk *walk, const char *name, enum constant_family family,
			 int value)
{
	char buffer[CONSTANTS_NAME_SIZE + 1];
	struct text constant;

	if (value == RECORD_NONE)
		return;
	text_begin(&constant, buffer, sizeof buffer);
	constants_put(&constant, family, value);
	put_string(walk, name, buffer);
}

/* The field names for one end of a connection. */
struct end_names {
	char address[14], port[11], path[11], abstract[15];
};

static void put_end(const struct walk *walk, const struct end_names *names,
		    const struct record_address *end)
{
	const struct address_parts parts =
		address_parts((const struct sockaddr *)&end->address, end->length);
	char buffer[64];
	struct text host;

	switch (parts.family) {
	case AF_INET:
	case AF_INET6:
		text_begin(&host, buffer, sizeof buffer);
		address_put_host(&host, parts.family, parts.host);
		put_string(walk, names->address, buffer);
		put_number(walk, names->port, parts.port);
		break;
	case AF_UNIX:
		fields_put_string(walk->text, walk->form, walk->truncated,
				  parts.abstract ? names->abstract : names->path, parts.name,
				  parts.name_length);
		break;
	default:
		break;
	}
}

static void put_socket(const struct walk *walk, const struct record *record)
{
	static const struct end_names local = {"local_address", "local_port", "local_path",
					       "local_abstract"};
	static const struct end_names peer = {"peer_address", "peer_port", "peer_path",
					      "peer_abstract"};

	if (record->fd != RECORD_NONE)
		put_number(walk, "fd", record->fd);
	put_constant(walk, "family", CONSTANTS_AF, record->family);
	put_constant(walk, "type", CONSTANTS_SOCK, record->type);
	put_constant(walk, "protocol", CONSTANTS_IPPROTO, record->protocol);
	put_end(walk, &local, &record->local);
	put_end(walk, &peer, &record->peer);
}

static void put_rule(const struct walk *walk, const struct record *record)
{
	char buffer[24];
	struct text seed;

	put_string(walk, "action", record->action);
	put_string(walk, "rule", record->rule);
	put_count(walk, "count", record->count);
	/* A string, because most JSON readers cannot hold 64 bits in a number. */
	if (record->seed != NULL) {
		text_begin(&seed, buffer, sizeof buffer);
		text_put_unsigned(&seed, *record->seed);
		put_string(walk, "seed", buffer);
	}
	if (record->dry_run)
		put_literal(walk, "dry_run", "true");
}

void fields_put(struct text *text, const struct fields_form *form, bool *truncated,
		const struct record *record)
{
	const struct walk walk = {text, form, truncated};

	put_string(&walk, "event", record_event_name(record->event));
	if (record->thread != 0)
		put_number(&walk, "tid", record->thread);
	if (record->call != CALL_COUNT)
		put_string(&walk, "call", call_name(record->call));
	if (record->operation != OPERATION_COUNT)
		put_string(&walk, "operation", operation_name(record->operation));
	put_seconds(&walk, "elapsed", record->elapsed);
	put_seconds(&walk, "timeout", record->timeout);
	if (record->slice != 0)
		put_seconds(&walk, "slice", record->slice);
	put_count(&walk, "progress", record->progress);
	put_string(&walk, "by", record->by);
	put_socket(&walk, record);
	put_rule(&walk, record);
	put_string(&walk, "result", record->result);
	put_string(&walk, "error", record->error);
	if (record->subject.start != NULL)
		fields_put_string(text, form, truncated,
				  record->event == RECORD_DEEPBIND ? "path" : "lookup",
				  record->subject.start, record->subject.length);
	put_string(&walk, "arguments", record->arguments);
}
