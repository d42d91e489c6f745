/*
 * Makes the records of the events, and sets the fail flag. Owns which events were reported once and are
 * not reported again. Cold.
 */
#include "config.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "shim/config/configuration.h"
#include "shim/log/log.h"
#include "shim/log/report.h"
#include "shim/log/summary.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"

/* The environment may be older than the file: the library does not create the file, and writes only to
 * a regular file of this user. */
static bool is_fail_flag(int fd)
{
	struct stat status;

	return kernel_status(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_uid == kernel_user() && status.st_nlink == 1;
}

/* The fail flag: the file of SOCKTIMEOUT_FAIL, by which `socktimeout --fail` learns that a wait of the
 * command timed out. Write one byte, once a process. */
static void set_fail_flag(void)
{
	static atomic_bool is_set;
	const char *const path = config_get()->fail_path;
	int fd;

	if (path == NULL || atomic_load_explicit(&is_set, memory_order_relaxed))
		return;
	fd = kernel_open_at(AT_FDCWD, path, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return;
	if (is_fail_flag(fd) && kernel_write_line(fd, "1", 1) == 0)
		atomic_store_explicit(&is_set, true, memory_order_relaxed);
	kernel_close(fd);
}

static int option(int fd, int name)
{
	int value;

	return kernel_socket_option(fd, name, &value) == 0 ? value : RECORD_NONE;
}

static void describe_end(struct record_address *end, int fd, bool peer)
{
	if (kernel_address(fd, peer, &end->address, &end->length) != 0)
		end->length = 0;
}

static void describe_call(struct record *record, const struct report_call *call)
{
	record->call = call->call;
	record->operation = call->operation;
	record->fd = call->fd;
	record->socket = true;
	record->family = option(call->fd, SO_DOMAIN);
	record->type = option(call->fd, SO_TYPE);
	record->protocol = option(call->fd, SO_PROTOCOL);
	describe_end(&record->local, call->fd, false);
	if (call->address == NULL)
		describe_end(&record->peer, call->fd, true);
	else if (call->address_length <= sizeof record->peer.address &&
		 memory_readable(call->address, call->address_length))
		memcpy(&record->peer.address, call->address,
		       record->peer.length = call->address_length);
	if (call->started != 0)
		record->elapsed = clock_now() - call->started;
	if (call->timeout > 0)
		record->timeout = call->timeout;
	record->slice = call->slice;
	record->progress = call->progress;
}

static void describe_lookup(struct record *record, enum call call, const struct text *subject)
{
	record->call = call;
	record->operation = OPERATION_RESOLVE;
	if (subject != NULL)
		record->subject = (struct record_bytes){subject->start, subject->length,
							subject->truncated};
}

/* The record points to buffer. */
static void describe_rule(struct record *record, struct rule_origin rule,
			  char buffer[RULES_ORIGIN_SIZE])
{
	struct text text;

	if (rule.line == 0)
		return;
	text_begin(&text, buffer, RULES_ORIGIN_SIZE);
	rules_put_origin(&text, rule);
	record->rule = buffer;
}

static void note_fault(const struct report_call *call)
{
	const struct summary_peer peer = {
		.fd = call->fd, .address = call->address, .length = call->address_length};

	summary_note(SUMMARY_FAULT, call->operation, &peer, 0);
}

static void note_lookup_fault(const struct text *subject)
{
	const struct summary_peer peer = {.fd = -1, .name = subject};

	summary_note(SUMMARY_FAULT, OPERATION_RESOLVE, &peer, 0);
}

void report_timeout(const struct report_call *call)
{
	struct record record = RECORD_INITIAL;
	char origin[RULES_ORIGIN_SIZE];

	set_fail_flag();
	if (!log_wanted())
		return;
	record.event = RECORD_TIMEOUT;
	describe_call(&record, call);
	describe_rule(&record, call->rule, origin);
	log_put(&record);
}

void report_lookup(enum call call, const struct text *subject, int64_t started,
		   const struct rules_limit *limit)
{
	struct record record = RECORD_INITIAL;
	char origin[RULES_ORIGIN_SIZE];

	set_fail_flag();
	if (!log_wanted())
		return;
	record.event = RECORD_TIMEOUT;
	describe_lookup(&record, call, subject);
	record.elapsed = clock_now() - started;
	record.timeout = limit->timeout;
	describe_rule(&record, limit->rule, origin);
	log_put(&record);
}

void report_deepbind(const char *path)
{
	static atomic_flag reported = ATOMIC_FLAG_INIT;
	struct record record = RECORD_INITIAL;

	if (!log_wanted() || atomic_flag_test_and_set_explicit(&reported, memory_order_relaxed))
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
	char origin[RULES_ORIGIN_SIZE];

	if (!fault->dry_run && fault->on != NULL)
		note_fault(fault->on);
	else if (!fault->dry_run)
		note_lookup_fault(fault->subject);
	if (!log_wanted())
		return;
	record.event = RECORD_FAULT;
	if (fault->on != NULL)
		describe_call(&record, fault->on);
	else
		describe_lookup(&record, fault->call, fault->subject);
	record.action = fault->action;
	describe_rule(&record, fault->rule, origin);
	record.count = fault->count;
	record.seed = &fault->seed;
	record.dry_run = fault->dry_run;
	log_put(&record);
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
