/*
 * What is logged: a record with typed fields, and its forms. Cold. Async-signal-safe; allocates
 * nothing; asks nobody anything; leaves errno alone.
 *
 * A record is a line of text, a JSON object, or an entry of journald's. The fields are walked in
 * one place (record/fields.c); doc/log.schema.json says what each is.
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
#include "policy/operation.h"

/* EVENT(enumerator, name, severity of syslog(3)) */
#define RECORD_EVENTS(EVENT)                                                                   \
	EVENT(RECORD_TIMEOUT, "timeout", 4)   /* a wait has reached its deadline */            \
	EVENT(RECORD_FAULT, "fault", 4)       /* a rule has changed what a call does */        \
	EVENT(RECORD_DEEPBIND, "deepbind", 5) /* RTLD_DEEPBIND was taken away */               \
	EVENT(RECORD_NOTICE, "notice", 5)     /* about the settings: the message says it */    \
	EVENT(RECORD_CALL, "call", 7)         /* a wrapped call has ended */

#define RECORD_EVENT_ENUMERATOR(enumerator, name, severity) enumerator,
enum record_event { RECORD_EVENTS(RECORD_EVENT_ENUMERATOR) RECORD_EVENT_COUNT };
#undef RECORD_EVENT_ENUMERATOR

/* Of the numbers: not known, or that there is none. */
#define RECORD_NONE (-1)

/* An address; a length of 0: not known. */
struct record_address {
	struct sockaddr_storage address;
	socklen_t length;
};

/* Bytes of somebody else's, not terminated; a start of NULL: none. */
struct record_bytes {
	const char *start;
	size_t length;
	bool cut; /* there was more */
};

/* RECORD_INITIAL, and then what is known. */
struct record {
	enum record_event event;
	struct timespec time; /* of the end, CLOCK_REALTIME */
	const char *program;  /* as it is in the log: without directories */
	int process, thread;

	enum call call;           /* CALL_COUNT: none */
	enum operation operation; /* OPERATION_COUNT: none */
	int fd;
	bool socket; /* the next three have been asked for; RECORD_NONE is shown as ? */
	int family, type, protocol;
	/* The other side is shown in text, where it is not known this one. */
	struct record_address local, peer;
	struct record_bytes subject; /* of a lookup: name or address; of dlopen: the path */

	int64_t elapsed, timeout; /* nanoseconds */
	uint64_t progress;        /* bytes or messages that were done; 0: nothing to tell */
	const char *by; /* from outside of the process: "ptrace" or "kernel"; NULL: the library */

	const char *rule;   /* SOURCE:LINE, or NULL */
	const char *action; /* what was injected, in the grammar of rules */
	uint64_t count;     /* how many times the rule has been met; 0: none */
	const uint64_t *seed;
	bool dry_run; /* it would have been */

	const char *arguments; /* of a call, as strace(1) shows them */
	const char *result; /* … what it returned, "-1", "0x…", and where it failed error's */
	const char *error; /* … errno by name, or NULL */

	const char *message; /* or NULL */
};

#define RECORD_INITIAL                                                                         \
	{                                                                                      \
		.call = CALL_COUNT, .operation = OPERATION_COUNT, .fd = RECORD_NONE,           \
		.family = RECORD_NONE, .type = RECORD_NONE, .protocol = RECORD_NONE,           \
		.elapsed = RECORD_NONE, .timeout = RECORD_NONE                                 \
	}

/* "timeout"; the severity, 0 .. 7. */
const char *record_event_name(enum record_event event);
unsigned int record_severity(enum record_event event);

/* The line without its beginning and end: recv(3, AF_INET, …) timed out after 5.000 s */
void record_put_text(struct text *text, const struct record *record);
/* {"time":…} on one line, whole also where fields had to be left out ("truncated":true). The text
 * must be empty, with a capacity of RECORD_CAPACITY at least. */
void record_put_json(struct text *text, const struct record *record);
/* A datagram of journald's native protocol, likewise. */
void record_put_journal(struct text *text, const struct record *record);

/* Room for any of the forms, the text's head and a newline. */
#define RECORD_CAPACITY 2048

#endif
