/*
 * The settings of this process: read once, from the environment, and immutable after that. (The rules
 * may change: shim/config/rules_slots.h.)
 *
 * Reading is cold. Async-signal-safe; errno is unchanged; no memory but for a copy of
 * SOCKTIMEOUT_RULES, by mmap(2).
 */
#ifndef SHIM_CONFIGURATION_H
#define SHIM_CONFIGURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/log_target.h"
#include "policy/operation.h"
#include "policy/spec.h"
#include "shim/config/sources.h"
#include "stats/name.h"

struct config {
	struct timeouts timeouts;
	bool active;         /* a timeout, rules, a policy file or log_calls is set */
	bool has_seed;       /* SOCKTIMEOUT_SEED */
	bool dry_run;        /* SOCKTIMEOUT_DRY_RUN=1: faults are logged, and not injected */
	bool keeps_deepbind; /* SOCKTIMEOUT_DEEPBIND=keep */
	bool log_calls;      /* SOCKTIMEOUT_LOG_LEVEL=call, with a target */
	uint64_t seed;
	enum log_target log;
	enum log_format log_format;
	/* The name that the program was started under, without directories: of the log and of the
	 * counters. Never empty. */
	char program[STATS_NAME_LIMIT + 1];
	struct sources sources;   /* of the rules */
	const char *log_path;     /* with LOG_TO_FILE */
	const char *summary_path; /* SOCKTIMEOUT_SUMMARY (log/summary.h); NULL: none */
	const char *fail_path;    /* SOCKTIMEOUT_FAIL (log/report.h); NULL: none */
	const char *stats;        /* the directory of the counters; NULL: none */
};

/* The settings; before config_publish, settings under which the library is inactive. Never NULL. */
const struct config *config_get(void);
/* A wait of this process is bounded or may come to be, or calls are logged. */
bool config_active(void);

/* Read the environment. A bad value costs one line on standard error and is ignored. In a program with
 * more rights than its caller (AT_SECURE, getauxval(3)) the environment is not read. For start.c,
 * which has the rules read and publishes the settings: other threads must not call this meanwhile. At
 * most 3 system calls without a complaint. */
struct config *config_read(void);
/* The settings that config_read returned are complete, and the rules were read: decide whether the
 * library is active. config_get returns the settings from now on. */
void config_publish(void);

#endif
