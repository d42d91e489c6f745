/*
 * Writes a record as a datagram of journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).
 * A field is NAME=VALUE and a newline. If the value contains a newline, the field is NAME, a newline,
 * the length as a little-endian number of 64 bits, the value and a newline. Values are any bytes.
 * journald adds the process, the time and the user. Cold; owns no state.
 */
#include "config.h"

#include <string.h>

#include "record/fields.h"

#define NEWLINE '\n'

static void put_value(struct text *text, const char *bytes, size_t length)
{
	if (memchr(bytes, NEWLINE, length) == NULL) {
		text_put_char(text, '=');
	} else {
		text_put_char(text, NEWLINE);
		for (unsigned int shift = 0; shift < 64; shift += 8)
			text_put_char(text, (char)((uint64_t)length >> shift & 0xff));
	}
	text_put_bytes(text, bytes, length);
	text_put_char(text, NEWLINE);
}

/* A field that journald defines. */
static void put_own(struct text *text, const char *name, const char *bytes, size_t length)
{
	text_put_string(text, name);
	put_value(text, bytes, length);
}

/* A field of this project: peer_port becomes SOCKTIMEOUT_PEER_PORT. */
static void put_string(struct text *text, const char *name, const char *bytes, size_t length)
{
	static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	text_put_string(text, "SOCKTIMEOUT_");
	for (; *name != '\0'; name++) {
		const bool small = *name >= 'a' && *name <= 'z';

		text_put_bytes(text, small ? &capitals[*name - 'a'] : name, 1);
	}
	put_value(text, bytes, length);
}

static void put_literal(struct text *text, const char *name, const char *value)
{
	put_string(text, name, value, strlen(value));
}

static const struct fields_form own = {.string = put_own};
static const struct fields_form journal = {.literal = put_literal, .string = put_string};

void record_put_journal(struct text *text, const struct record *record)
{
	char buffer[RECORD_CAPACITY / 2];
	const char severity = (char)('0' + record_severity(record->event));
	bool truncated = false;
	struct text message;

	text_begin(&message, buffer, sizeof buffer);
	text_put_string(&message, "socktimeout: ");
	record_put_text(&message, record);
	fields_put_string(text, &own, &truncated, "MESSAGE", buffer, message.length);
	fields_put_string(text, &own, &truncated, "PRIORITY", &severity, 1);
	fields_put_string(text, &own, &truncated, "SYSLOG_FACILITY", "1", 1);
	fields_put_string(text, &own, &truncated, "SYSLOG_IDENTIFIER", record->program,
			  strlen(record->program));
	fields_put(text, &journal, &truncated, record);
}
