/*
 * Writes a record as text, and names the events. Cold; owns no state.
 */
#include "config.h"

#include <string.h>

#include "base/address.h"
#include "base/attributes.h"
#include "base/duration.h"
#include "constants/constants.h"
#include "record/record.h"

struct event {
	char name[11]; /* a pointer would need a relocation in every process */
	unsigned char severity;
};

#define EVENT(enumerator, name, severity) {name, severity},
static const struct event events[RECORD_EVENT_COUNT] = {RECORD_EVENTS(EVENT)};
#undef EVENT

const char *record_event_name(enum record_event event)
{
	return event < RECORD_EVENT_COUNT ? events[event].name : "?";
}

unsigned int record_severity(enum record_event event)
{
	return events[event < RECORD_EVENT_COUNT ? event : RECORD_NOTICE].severity;
}

static void put_constant(struct text *text, enum constant_family family, int value)
{
	text_put_string(text, ", ");
	if (value == RECORD_NONE)
		text_put_char(text, '?');
	else
		constants_put(text, family, value);
}

/* 3, AF_INET, SOCK_STREAM, IPPROTO_TCP, 10.0.0.1:5432 */
static void put_socket(struct text *text, const struct record *record)
{
	const struct record_address *const end =
		record->peer.length > sizeof(sa_family_t) ? &record->peer : &record->local;
	const struct sockaddr *const address = (const struct sockaddr *)&end->address;

	text_put_signed(text, record->fd);
	if (record->socket) {
		put_constant(text, CONSTANTS_AF, record->family);
		put_constant(text, CONSTANTS_SOCK, record->type);
		put_constant(text, CONSTANTS_IPPROTO, record->protocol);
	}
	if (address_parts(address, end->length).family != AF_UNSPEC) {
		text_put_string(text, ", ");
		address_put(text, address, end->length);
	}
}

static void put_subject(struct text *text, const struct record_bytes *subject)
{
	text_put_escaped(text, subject->start, subject->length);
	if (subject->cut)
		text_put_string(text, "...");
}

static void put_call(struct text *text, const struct record *record)
{
	text_put_string(text, call_name(record->call));
	text_put_char(text, '(');
	if (record->arguments != NULL)
		text_put_string(text, record->arguments);
	else if (record->subject.start != NULL)
		put_subject(text, &record->subject);
	else if (record->fd != RECORD_NONE)
		put_socket(text, record);
	text_put_char(text, ')');
}

static void put_timeout(struct text *text, const struct record *record)
{
	text_put_string(text, " timed out after ");
	duration_put_seconds(text, record->elapsed);
	/* The operation that a readiness wait waited for; for other calls the name is enough, unless a
	 * limit of the socket has ended them. */
	if (call_waits(record->call) || record->operation == OPERATION_IDLE ||
	    record->operation == OPERATION_REPLY) {
		text_put_string(text, " (");
		text_put_string(text, operation_name(record->operation));
		text_put_char(text, ')');
	}
	if (record->rule != NULL) {
		text_put_string(text, " by ");
		text_put_string(text, record->rule);
	}
	if (record->slice != 0) {
		text_put_string(text, ", second wait of ");
		duration_put_seconds(text, record->slice);
		text_put_string(text, " for a silent socket");
	}
	if (record->progress != 0) {
		text_put_string(text, ", ");
		text_put_unsigned(text, record->progress);
		text_put_string(text, " done");
	}
	if (record->by != NULL) {
		text_put_string(text, ", by=");
		text_put_string(text, record->by);
	}
}

/* connect(…): error=ECONNREFUSED by SOCKTIMEOUT_RULES:2, count 3, seed 42 */
static void put_fault(struct text *text, const struct record *record)
{
	text_put_string(text, record->dry_run ? ": would be " : ": ");
	text_put_string(text, record->action);
	text_put_string(text, " by ");
	text_put_string(text, record->rule);
	text_put_string(text, ", count ");
	text_put_unsigned(text, record->count);
	if (record->seed != NULL) {
		text_put_string(text, ", seed ");
		text_put_unsigned(text, *record->seed);
	}
}

/* … = -1 EAGAIN <0.000123>, as strace(1) prints results */
static void put_result(struct text *text, const struct record *record)
{
	text_put_string(text, " = ");
	text_put_string(text, record->result);
	if (record->error != NULL) {
		text_put_char(text, ' ');
		text_put_string(text, record->error);
	}
	text_put_string(text, " <");
	text_put_signed(text, record->elapsed / NANOSECONDS_PER_SECOND);
	text_put_char(text, '.');
	text_put_padded(text,
			(uint64_t)(record->elapsed % NANOSECONDS_PER_SECOND /
				   NANOSECONDS_PER_MICROSECOND),
			6);
	text_put_char(text, '>');
}

void record_put_text(struct text *text, const struct record *record)
{
	if (record->call != CALL_COUNT)
		put_call(text, record);
	switch (record->event) {
	case RECORD_TIMEOUT:
		put_timeout(text, record);
		break;
	case RECORD_FAULT:
		put_fault(text, record);
		break;
	case RECORD_DEEPBIND:
		text_put_string(text,
				" without RTLD_DEEPBIND, so that what it loads is bounded too");
		break;
	case RECORD_CALL:
		put_result(text, record);
		break;
	default:
		break;
	}
	if (record->message != NULL)
		text_put_string(text, record->message);
}
