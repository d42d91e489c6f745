/*
 * SOCKTIMEOUT_LOG and --log: where timeouts are logged. The one grammar for it, for the library
 * and the launcher. Cold. Async-signal-safe; allocates nothing; leaves errno alone.
 */
#ifndef POLICY_LOG_TARGET_H
#define POLICY_LOG_TARGET_H

enum log_target { LOG_TO_NOTHING, LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_FILE };

/* What may stand there, for the message about anything else. */
#define LOG_TARGET_EXPECTED "off, stderr, syslog or an absolute path"

/*
 * Parse the NUL-terminated text; with LOG_TO_FILE it is the path itself, shorter than PATH_MAX.
 * Whether the file can be written is not looked at.
 * Returns 0, or -EINVAL with *target untouched.
 */
int log_target_parse(const char *text, enum log_target *target);

#endif
