/*
 * Parses SOCKTIMEOUT_LOG, SOCKTIMEOUT_LOG_FORMAT and SOCKTIMEOUT_LOG_LEVEL, and the same options of
 * the launcher. Cold. Async-signal-safe; allocates nothing; keeps errno.
 */
#ifndef POLICY_LOG_TARGET_H
#define POLICY_LOG_TARGET_H

enum log_target { LOG_TO_NOTHING, LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_JOURNAL, LOG_TO_FILE };

/* For LOG_TO_JOURNAL the format is ignored: a journal entry has fields. */
enum log_format { LOG_AS_TEXT, LOG_AS_JSON };

enum log_level {
	LOG_TIMEOUTS, /* timeouts, faults and notices */
	LOG_CALLS     /* also every wrapped call */
};

/* The valid values, for error messages. */
#define LOG_TARGET_EXPECTED "off, stderr, syslog, journal or an absolute path"
#define LOG_FORMAT_EXPECTED "text or json"
#define LOG_LEVEL_EXPECTED  "timeout or call"

/*
 * Parse the NUL-terminated text. For LOG_TO_FILE, text is the path, shorter than PATH_MAX; the file
 * itself is not checked. Returns 0, or -EINVAL with *target unchanged.
 */
int log_target_parse(const char *text, enum log_target *target);

/* Parse the NUL-terminated text. Return 0, or -EINVAL and store nothing. */
int log_format_parse(const char *text, enum log_format *format);
int log_level_parse(const char *text, enum log_level *level);

#endif
