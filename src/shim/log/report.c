/*
 * Makes the records. Cold.
 */
#include "config.h"

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "record/trace.h"
#include "shim/log/describe.h"
#include "shim/system/kernel.h"
#include "shim/log/log.h"
#include "shim/log/mark.h"
#include "shim/log/report.h"

/* A rule by its place; place is kept by the record. */
static void describe_rule(struct record *record, struct rule_origin rule,
			  char place[RULES_ORIGIN_SIZE])
{
	struct text text;

	if (rule.line == 0)
		return;
	text_begin(&text, place, RULES_ORIGIN_SIZE);
	rules_put_origin(&text, rule);
	record->rule = place;
}

void report_timeout(const struct gate *gate)
{
	struct record record = RECORD_INITIAL;
	char place[RULES_ORIGIN_SIZE];

	mark_timeout();
	if (!log_wanted())
		return;
	record.event = RECORD_TIMEOUT;
	describe_gate(&record, gate);
	describe_rule(&record, gate->rule, place);
	log_put(&record);
}

static void describe_lookup(struct record *record, enum call call, const struct text *subject)
{
	record->call = call;
	record->operation = OPERATION_RESOLVE;
	if (subject != NULL)
		record->subject = (struct record_bytes){subject->start, subject->length,
							subject->truncated};
}

void report_lookup(enum call call, const struct text *subject, int64_t started,
		   const struct rules_limit *limit)
{
	struct record record = RECORD_INITIAL;
	char place[RULES_ORIGIN_SIZE];

	mark_timeout();
	if (!log_wanted())
		return;
	record.event = RECORD_TIMEOUT;
	describe_lookup(&record, call, subject);
	record.elapsed = clock_now() - started;
	record.timeout = limit->timeout;
	describe_rule(&record, limit->rule, place);
	log_put(&record);
}

void report_deepbind(const char *path)
{
	static atomic_bool reported;
	struct record record = RECORD_INITIAL;

	if (!log_wanted() || atomic_exchange_explicit(&reported, true, memory_order_relaxed))
		return;
	record.event = RECORD_DEEPBIND;
	record.call = CALL_dlopen;
	if (path == NULL)
		record.arguments = "NULL";
	else
		record.subject = (struct record_bytes){path, strlen(path), false};
	log_put(&record);
}

void report_fault(const struct report_fault *fault)
{
	struct record record = RECORD_INITIAL;
	char place[RULES_ORIGIN_SIZE];

	if (!log_wanted())
		return;
	record.event = RECORD_FAULT;
	if (fault->gate != NULL)
		describe_gate(&record, fault->gate);
	else
		describe_lookup(&record, fault->call, fault->subject);
	record.action = fault->action;
	describe_rule(&record, fault->rule, place);
	record.count = fault->count;
	record.seed = &fault->seed;
	record.dry_run = fault->dry_run;
	log_put(&record);
}

/* ended: result and error are known. */
static void put_call(const struct attention *attention, bool ended, intptr_t result, int error)
{
	const struct trace trace = {.call = attention->call,
				    .arguments = attention->arguments,
				    .count = attention->count,
				    .result = result,
				    .error = error,
				    .peek = kernel_peek};
	struct record record = RECORD_INITIAL;
	char arguments[RECORD_CAPACITY / 3], returned[24] = "?";
	struct text text;

	if (!log_wanted())
		return;
	record.event = RECORD_CALL;
	record.call = attention->call;
	record.operation = attention->operation;
	if (attention->fd >= 0)
		record.fd = attention->fd;
	record.elapsed = ended ? clock_now() - attention->started : 0;
	text_begin(&text, arguments, sizeof arguments);
	trace_put_arguments(&text, &trace);
	record.arguments = arguments;
	record.result = returned;
	if (ended) {
		text_begin(&text, returned, sizeof returned);
		trace_put_result(&text, &trace);
		record.error = trace_error(&trace);
	}
	log_put(&record);
}

void report_call(const struct attention *attention, intptr_t result, int error)
{
	put_call(attention, true, result, error);
}

void report_call_begins(const struct attention *attention)
{
	put_call(attention, false, 0, 0);
}

bool report_notice(const char *message)
{
	struct record record = RECORD_INITIAL;

	if (!log_wanted())
		return false;
	record.event = RECORD_NOTICE;
	record.message = message;
	log_put(&record);
	return true;
}
