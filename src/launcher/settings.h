/*
 * The settings that the launcher checks and puts into the environment. Cold.
 */
#ifndef LAUNCHER_SETTINGS_H
#define LAUNCHER_SETTINGS_H

#include "policy/spec.h"

/* Set a variable of the environment, or die (125). name must stay valid. */
void settings_set(const char *name, const char *value);
/* Parse spec, or die (125) with the position of the mistake in source. */
void settings_parse(const char *source, const char *spec, struct timeouts *timeouts);
/* Set SOCKTIMEOUT, or die (125) with the position of the mistake in spec. */
void settings_spec(const char *spec);
/* Set SOCKTIMEOUT_LOG, or die (125) where `where` is no target, or cannot be written to. */
void settings_log(const char *where);
/* Set SOCKTIMEOUT_LOG_FORMAT to json. */
void settings_json(void);
/* Set SOCKTIMEOUT_LOG_LEVEL, or die (125) where name is no level. */
void settings_log_level(const char *name);
/* Set SOCKTIMEOUT_SEED, or die (125); set SOCKTIMEOUT_DRY_RUN. */
void settings_seed(const char *seed);
void settings_dry_run(void);
/* Set SOCKTIMEOUT_STATS to the absolute path of directory, or die (125) where no file can be created in
 * directory. */
void settings_stats(const char *directory);
/* Put the library first into LD_PRELOAD. Dies (125) where the library is missing. */
void settings_preload(void);

/* Call visit for each variable that these functions have set. */
typedef void settings_visit(const char *name, const char *value);
void settings_each(settings_visit *visit);

#endif
