/*
 * SOCKTIMEOUT_LOG, SOCKTIMEOUT_LOG_FORMAT and SOCKTIMEOUT_LOG_LEVEL, and the launcher's options:
 * where is logged, how, and what. The one grammar for them, for the library and the launcher. Cold.
 * Async-signal-safe; allocates nothing; leaves errno alone.
 */
#ifndef POLICY_LOG_TARGET_H
#define POLICY_LOG_TARGET_H

enum log_target { LOG_TO_NOTHING, LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_JOURNAL, LOG_TO_FILE };

/* The journal has fields of its own, whatever the format. */
enum log_format { LOG_AS_TEXT, LOG_AS_JSON };

enum log_level {
	LOG_TIMEOUTS, /* what was changed for the program */
	LOG_CALLS     /* and every wrapped call */
};

/* What may stand there, for the messages about anything else. */
#define LOG_TARGET_EXPECTED "off, stderr, syslog, journal or an absolute path"
#define LOG_FORMAT_EXPECTED "text or json"
#define LOG_LEVEL_EXPECTED  "timeout or call"

/*
 * Parse the NUL-terminated text; with LOG_TO_FILE it is the path itself, shorter than PATH_MAX.
 * Whether the file can be written is not looked at.
 * Returns 0, or -EINVAL with *target untouched.
 */
int log_target_parse(const char *text, enum log_target *target);

/* Parse the NUL-terminated text. Return 0, or -EINVAL with nothing stored. */
int log_format_parse(const char *text, enum log_format *format);
int log_level_parse(const char *text, enum log_level *level);

#endif
