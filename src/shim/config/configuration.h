/*
 * The settings of this process: read once, from the environment, immutable from then on; the rules
 * alone may change (shim/config/rules.h). Reading is cold. Works before our constructor has run.
 * Async-signal-safe; allocates nothing; leaves errno alone.
 */
#ifndef SHIM_CONFIGURATION_H
#define SHIM_CONFIGURATION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "policy/log_target.h"
#include "policy/operation.h"
#include "policy/spec.h"
#include "shim/config/sources.h"

struct config {
	struct timeouts timeouts;
	bool active;   /* some operation has a timeout, or may get one by a rule */
	bool has_seed; /* SOCKTIMEOUT_SEED */
	bool dry_run;  /* SOCKTIMEOUT_DRY_RUN=1: faults are logged, and not injected */
	uint64_t seed;
	bool keeps_deepbind; /* SOCKTIMEOUT_DEEPBIND=keep */
	enum log_target log;
	enum log_format log_format;
	enum log_level log_level;
	char program[64]; /* the name it was started by, without directories */
	/* What descriptor 2 was at start, where something is logged or there may be rules. */
	struct stat stderr_status;
	struct sources sources; /* of the rules */
	const char *log_path;   /* with LOG_TO_FILE */
	const char *fail_path;  /* SOCKTIMEOUT_FAIL: to be marked (mark.h); NULL for none */
	const char *stats;      /* the directory of the counters; NULL for none */
};

/* The settings; read now if that has not been done. Never NULL. Where another thread (or the code
 * that a signal handler interrupted) is just reading them: settings that bound nothing. */
const struct config *config_get(void);
/* Whether any wait of this process is bounded, or may come to be. */
bool config_active(void);

#endif
