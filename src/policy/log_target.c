/*
 * Parses the log settings. Cold; owns no state.
 */
#include "policy/log_target.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

int log_target_parse(const char *text, enum log_target *target)
{
	if (strcmp(text, "off") == 0)
		*target = LOG_TO_NOTHING;
	else if (strcmp(text, "stderr") == 0)
		*target = LOG_TO_STDERR;
	else if (strcmp(text, "syslog") == 0)
		*target = LOG_TO_SYSLOG;
	else if (strcmp(text, "journal") == 0)
		*target = LOG_TO_JOURNAL;
	else if (text[0] == '/' && strlen(text) < PATH_MAX)
		*target = LOG_TO_FILE;
	else
		return -EINVAL;
	return 0;
}

int log_format_parse(const char *text, enum log_format *format)
{
	if (strcmp(text, "text") == 0)
		*format = LOG_AS_TEXT;
	else if (strcmp(text, "json") == 0)
		*format = LOG_AS_JSON;
	else
		return -EINVAL;
	return 0;
}

int log_level_parse(const char *text, enum log_level *level)
{
	if (strcmp(text, "timeout") == 0)
		*level = LOG_TIMEOUTS;
	else if (strcmp(text, "call") == 0)
		*level = LOG_CALLS;
	else
		return -EINVAL;
	return 0;
}
