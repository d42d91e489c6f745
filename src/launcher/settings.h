/*
 * What the launcher puts into the environment, checked first. Cold.
 */
#ifndef LAUNCHER_SETTINGS_H
#define LAUNCHER_SETTINGS_H

#include "policy/spec.h"

/* Set a variable of the environment, or die (125). name must stay. */
void settings_set(const char *name, const char *value);
/* Parse spec, or die (125) and say where in source it is wrong. */
void settings_parse(const char *source, const char *spec, struct timeouts *timeouts);
/* Set SOCKTIMEOUT, or die (125) and say where spec is wrong. */
void settings_spec(const char *spec);
/* Set SOCKTIMEOUT_LOG, or die (125) where there is no such target, or it cannot be written to. */
void settings_log(const char *where);
/* Set SOCKTIMEOUT_LOG_FORMAT to json. */
void settings_json(void);
/* Set SOCKTIMEOUT_LOG_LEVEL, or die (125) where there is no such level. */
void settings_log_level(const char *name);
/* --seed, --dry-run. */
void settings_seed(const char *seed);
void settings_dry_run(void);
/* Set SOCKTIMEOUT_STATS to the directory of that name, made absolute, or die (125) where no file can
 * be made in it. */
void settings_stats(const char *directory);
/* Set LD_PRELOAD so that the library is loaded before what is there; dies (125) without one. */
void settings_preload(void);

/* Call visit for each variable that these have set, with its value. */
typedef void settings_visit(const char *name, const char *value);
void settings_each(settings_visit *visit);

#endif
