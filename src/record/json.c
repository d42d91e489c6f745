/*
 * Writes a record as a JSON object (RFC 8259) on one line. Cold; owns no state.
 *
 * JSON is UTF-8, but names and paths are any bytes. A string that is UTF-8 is given as it is. In another
 * string a byte that is not UTF-8 becomes U+FFFD, and a second field, NAME_hex, has all bytes.
 */
#include "config.h"

#include <string.h>

#include "base/date.h"
#include "record/fields.h"

#define TRUNCATED ",\"truncated\":true"

/* The length in bytes of the UTF-8 character at the start of bytes; 0 if there is none (RFC 3629: no
 * surrogates, no overlong forms, nothing over U+10FFFF). */
static size_t utf8_length(const unsigned char *bytes, size_t count)
{
	const unsigned char first = bytes[0];
	const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	/* After these first bytes, fewer second bytes are valid. */
	const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	if (length == 1)
		return 1;
	if (first < 0xc2 || first > 0xf4 || count < length || bytes[1] < low || bytes[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static void put_byte(struct text *text, const char *before, unsigned char byte)
{
	text_put_string(text, before);
	text_put_char(text, "0123456789abcdef"[byte >> 4]);
	text_put_char(text, "0123456789abcdef"[byte & 15]);
}

static void put_character(struct text *text, const unsigned char *bytes, size_t length)
{
	if (length == 0)
		text_put_string(text, "\xef\xbf\xbd"); /* U+FFFD */
	else if (bytes[0] == '"')
		text_put_string(text, "\\\"");
	else if (bytes[0] == '\\')
		text_put_string(text, "\\\\");
	else if (bytes[0] < ' ' || bytes[0] == 0x7f)
		put_byte(text, "\\u00", bytes[0]);
	else
		text_put_bytes(text, (const char *)bytes, length);
}

static void put_name(struct text *text, const char *name, const char *suffix)
{
	text_put_char(text, text->length == 0 ? '{' : ',');
	text_put_char(text, '"');
	text_put_string(text, name);
	text_put_string(text, suffix);
	text_put_string(text, "\":");
}

static void put_literal(struct text *text, const char *name, const char *value)
{
	put_name(text, name, "");
	text_put_string(text, value);
}

static void put_hex(struct text *text, const char *name, const unsigned char *bytes,
		    size_t length)
{
	put_name(text, name, "_hex");
	text_put_char(text, '"');
	for (size_t i = 0; i < length; i++)
		put_byte(text, "", bytes[i]);
	text_put_char(text, '"');
}

static void put_string(struct text *text, const char *name, const char *bytes, size_t length)
{
	const unsigned char *const first = (const unsigned char *)bytes;

	bool valid = true;

	put_name(text, name, "");
	text_put_char(text, '"');
	for (size_t i = 0; i < length;) {
		const size_t step = utf8_length(first + i, length - i);

		put_character(text, first + i, step);
		i += step == 0 ? 1 : step;
		valid = valid && step != 0;
	}
	text_put_char(text, '"');
	if (!valid)
		put_hex(text, name, first, length);
}

static const struct fields_form json = {
	.literal = put_literal,
	.string = put_string,
	.reserve = sizeof TRUNCATED + sizeof "}\n",
};

void record_put_json(struct text *text, const struct record *record)
{
	bool truncated = false;
	char buffer[40];
	struct text value;

	text_begin(&value, buffer, sizeof buffer);
	date_put(&value, record->time);
	fields_put_string(text, &json, &truncated, "time", buffer, value.length);
	fields_put_string(text, &json, &truncated, "program", record->program,
			  strlen(record->program));
	text_begin(&value, buffer, sizeof buffer);
	text_put_signed(&value, record->process);
	fields_put_literal(text, &json, &truncated, "pid", buffer);
	fields_put(text, &json, &truncated, record);
	if (record->message != NULL)
		fields_put_string(text, &json, &truncated, "message", record->message,
				  strlen(record->message));
	text_put_string(text, truncated ? TRUNCATED "}" : "}");
}
