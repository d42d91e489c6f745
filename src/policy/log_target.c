/*
 * The parser of log targets. Cold; owns no state.
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
	else if (text[0] == '/' && strlen(text) < PATH_MAX)
		*target = LOG_TO_FILE;
	else
		return -EINVAL;
	return 0;
}
