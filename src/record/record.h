/*
 * Log records: typed fields, and the forms in which a record is written. Cold. Async-signal-safe;
 * allocates nothing; makes no system calls; keeps errno.
 *
 * A record is written as a line of text, a JSON object, or an entry of journald. record/fields.c
 * goes through the fields for the last two; docs/log.schema.json describes each field.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#include "base/text.h"
#include "calls/calls.h"
#include "policy/log_target.h"
#include "policy/operation.h"

/* EVENT(enumerator, name, severity of syslog(3)) */
#define RECORD_EVENTS(EVENT)                                                                   \
	EVENT(RECORD_TIMEOUT, "timeout", 4)   /* a wait has reached its deadline */            \
	EVENT(RECORD_FAULT, "fault", 4)       /* a rule has changed a call */                  \
	EVENT(RECORD_DEEPBIND, "deepbind", 5) /* RTLD_DEEPBIND was taken away */               \
	EVENT(RECORD_NOTICE, "notice", 5)     /* a message about the settings */               \
	EVENT(RECORD_CALL, "call", 7)         /* a wrapped call has ended */

#define RECORD_EVENT_ENUMERATOR(enumerator, name, severity) enumerator,
enum record_event { RECORD_EVENTS(RECORD_EVENT_ENUMERATOR) RECORD_EVENT_COUNT };
#undef RECORD_EVENT_ENUMERATOR

/* The value of a number that is unknown or absent. */
#define RECORD_NONE (-1)

/* An address. length is 0 if the address is unknown. */
struct record_address {
	struct sockaddr_storage address;
	socklen_t length;
};

/* Bytes that the record does not own, without a NUL. start is NULL if there are none. */
struct record_bytes {
	const char *start;
	size_t length;
	bool cut; /* the end is missing */
};

/* Begin with RECORD_INITIAL, then set the known fields. */
struct record {
	enum record_event event;
	struct timespec time; /* of the end of the call, CLOCK_REALTIME */
	const char *program;  /* the name in the log, without directories */
	int process, thread;

	enum call call;           /* CALL_COUNT: none */
	enum operation operation; /* OPERATION_COUNT: none */
	int fd;
	bool socket; /* show the next three in text; RECORD_NONE is shown as ? */
	int family, type, protocol;
	/* Text shows the peer's address, or if that is unknown the local one. */
	struct record_address local, peer;
	struct record_bytes subject; /* a lookup's name or address; dlopen's path */

	int64_t elapsed, timeout; /* nanoseconds */
	int64_t slice; /* the timeout of an earlier wait for the socket, which ran out; 0: none */
	uint64_t progress; /* bytes or messages that were transferred; 0: not shown */
	const char *by;    /* "ptrace" or "kernel": bounded from outside; NULL: the library */

	const char *rule;   /* SOURCE:LINE, or NULL */
	const char *action; /* the injected fault, in the grammar of rules */
	uint64_t count;     /* how many calls the rule has matched; 0: not shown */
	const uint64_t *seed;
	bool dry_run; /* the fault was only logged */

	const char *arguments; /* of the call, as strace(1) shows them */
	const char *result;    /* the return value: "-1", "0x…" */
	const char *error;     /* the name of errno after a failure, or NULL */

	const char *message; /* or NULL */
};

#define RECORD_INITIAL                                                                         \
	{                                                                                      \
		.call = CALL_COUNT, .operation = OPERATION_COUNT, .fd = RECORD_NONE,           \
		.family = RECORD_NONE, .type = RECORD_NONE, .protocol = RECORD_NONE,           \
		.elapsed = RECORD_NONE, .timeout = RECORD_NONE                                 \
	}

/* The name, such as "timeout"; the severity of syslog(3), 0 .. 7. */
const char *record_event_name(enum record_event event);
unsigned int record_severity(enum record_event event);

/* Put the line without its head and newline: recv(3, AF_INET, …) timed out after 5.000 s */
void record_put_text(struct text *text, const struct record *record);
/* Put {"time":…} on one line. Fields that do not fit are left out, and "truncated":true is added.
 * The text must be empty and have a capacity of at least RECORD_CAPACITY. */
void record_put_json(struct text *text, const struct record *record);
/* Put a datagram of journald's native protocol, with the same conditions. */
void record_put_journal(struct text *text, const struct record *record);

/* Put the record in the form for the target, with its head and newline. The text must be empty and have a
 * capacity of RECORD_CAPACITY. */
void record_put_line(struct text *text, const struct record *record, enum log_target target,
		     enum log_format format);

/* Enough bytes for each form, with the text's head and a newline. */
#define RECORD_CAPACITY 2048

#endif
