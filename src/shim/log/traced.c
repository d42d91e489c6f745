/*
 * Makes the log records of the level `call`. Cold.
 */
#include "config.h"

#include <errno.h>

#include "record/trace.h"
#include "shim/log/log.h"
#include "shim/log/traced.h"
#include "shim/system/kernel.h"

atomic_bool traced_calls;

/* ended: result and error are known. */
static void put_call(const struct traced *traced, bool ended, intptr_t result, int error)
{
	const struct trace trace = {.call = traced->call,
				    .arguments = traced->arguments,
				    .count = traced->count,
				    .result = result,
				    .error = error,
				    .peek = kernel_peek};
	struct record record = RECORD_INITIAL;
	char arguments[RECORD_CAPACITY / 3], returned[24] = "?";
	struct text text;

	if (!log_wanted())
		return;
	record.event = RECORD_CALL;
	record.call = traced->call;
	record.operation = traced->operation;
	if (traced->fd >= 0)
		record.fd = traced->fd;
	record.elapsed = ended && traced->started != 0 ? clock_now() - traced->started : 0;
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

void traced_report(const struct traced *traced, intptr_t result)
{
	const int saved_errno = errno;

	put_call(traced, true, result, saved_errno);
	errno = saved_errno;
}

void traced_report_begin(const struct traced *traced)
{
	put_call(traced, false, 0, 0);
}
