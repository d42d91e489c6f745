/*
 * Prints the names and values of socket options (trace_values.h). Cold; owns no state.
 */
#include "config.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "constants/constants.h"
#include "record/trace_values.h"

static enum constant_family options_of(int level)
{
	switch (level) {
	case SOL_SOCKET:
		return CONSTANTS_SO;
	case IPPROTO_IP:
		return CONSTANTS_IP;
	case IPPROTO_IPV6:
		return CONSTANTS_IPV6;
	case IPPROTO_TCP:
		return CONSTANTS_TCP;
	default:
		return CONSTANTS_FAMILY_COUNT; /* an empty list */
	}
}

void values_put_option_name(struct text *text, int level, int option)
{
	constants_put(text, options_of(level), option);
}

static void put_linger(struct text *text, trace_peek *peek, const void *value)
{
	struct linger copy;

	if (!values_take(text, peek, &copy, value, sizeof copy))
		return;
	text_put_string(text, "{onoff=");
	text_put_signed(text, copy.l_onoff);
	text_put_string(text, ", linger=");
	text_put_signed(text, copy.l_linger);
	text_put_char(text, '}');
}

static void put_number(struct text *text, trace_peek *peek, bool is_error, const void *value)
{
	int copy;

	if (!values_take(text, peek, &copy, value, sizeof copy))
		return;
	text_put_char(text, '[');
	if (is_error && copy != 0)
		constants_put(text, CONSTANTS_ERRNO, copy);
	else
		text_put_signed(text, copy);
	text_put_char(text, ']');
}

void values_put_option(struct text *text, trace_peek *peek, int level, int option,
		       const void *value, size_t length)
{
	if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) &&
	    length == sizeof(struct timeval))
		values_put_timeval(text, peek, value);
	else if (level == SOL_SOCKET && option == SO_LINGER && length == sizeof(struct linger))
		put_linger(text, peek, value);
	else if (length == sizeof(int))
		put_number(text, peek, level == SOL_SOCKET && option == SO_ERROR, value);
	else
		values_put_pointer(text, value);
}
