/*
 * A record as a target of the log takes the record: with a head, and with a newline where the target is a
 * stream of bytes. Cold; owns no state. Async-signal-safe.
 */
#include "record/record.h"

#include <string.h>

/* LOG_USER of RFC 3164. */
#define SYSLOG_FACILITY 1

/* "prog[42]: ", or "prog[42:43]: " with the thread of a call, as strace(1) -f has it. */
static void put_program(struct text *text, const struct record *record)
{
	text_put_escaped(text, record->program, strlen(record->program));
	text_put_char(text, '[');
	text_put_signed(text, record->process);
	if (record->event == RECORD_CALL && record->thread != record->process) {
		text_put_char(text, ':');
		text_put_signed(text, record->thread);
	}
	text_put_string(text, "]: ");
}

/* The head of a message of RFC 3164, with the program as its tag, as syslog(3) writes it. */
static void put_syslog_head(struct text *text, const struct record *record)
{
	text_put_char(text, '<');
	text_put_unsigned(text, 8 * SYSLOG_FACILITY + record_severity(record->event));
	text_put_char(text, '>');
	put_program(text, record);
}

static void put_json(struct text *text, const struct record *record)
{
	struct text object;

	text_begin(&object, text->start + text->length, text->capacity - text->length);
	record_put_json(&object, record);
	text->length += object.length;
}

/* One byte is kept for the newline. */
static void put_text(struct text *text, const struct record *record, bool with_program)
{
	text->capacity--;
	text_put_string(text, "socktimeout: ");
	if (with_program)
		put_program(text, record);
	record_put_text(text, record);
	text->capacity++;
	text->truncated = false;
}

void record_put_line(struct text *text, const struct record *record, enum log_target target,
		     enum log_format format)
{
	const bool syslog = target == LOG_TO_SYSLOG;

	if (syslog)
		put_syslog_head(text, record);
	if (target == LOG_TO_JOURNAL)
		record_put_journal(text, record);
	else if (format == LOG_AS_JSON)
		put_json(text, record);
	else
		put_text(text, record, !syslog);
	if (target == LOG_TO_STDERR || target == LOG_TO_FILE)
		text_put_char(text, '\n');
}
