/*
 * Resolves and writes the escapes of globs in rules. Cold; owns no state.
 */
#include "policy/rule/rule_string.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "policy/glob.h"

static const char expected_escape[] = "a character that is no letter and no digit, or xHH";

static bool is_special(char c)
{
	return c != '\0' && strchr(GLOB_SPECIAL, c) != NULL;
}

/* A printable ASCII character that is neither letter nor digit, and so can be escaped. */
static bool is_punctuation(char c)
{
	const char folded = (char)(c | 0x20);

	return c >= ' ' && c <= '~' && !(c >= '0' && c <= '9') &&
	       !(folded >= 'a' && folded <= 'z');
}

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *digit = c == '\0' ? NULL : strchr(digits, c);

	return digit == NULL ? -1 : (int)((digit - digits) % 16);
}

/* Read the escape that begins at value.text[*at], a backslash, and move *at behind the escape. */
static int read_escape(struct rule_value value, size_t *at, char *byte,
		       struct rule_error *error)
{
	const char *escape = value.text + *at;
	const size_t left = value.length - *at;

	if (left >= 2 && is_punctuation(escape[1])) {
		*byte = escape[1];
		*at += 2;
		return 0;
	}
	if (left >= 4 && escape[1] == 'x' && hex_value(escape[2]) >= 0 &&
	    hex_value(escape[3]) >= 0) {
		*byte = (char)(hex_value(escape[2]) * 16 + hex_value(escape[3]));
		*at += 4;
		return 0;
	}
	return rule_fail(error, -EINVAL, value.column + *at + 1, "no such escape",
			 expected_escape);
}

int rule_string_read(struct rule_value value, char **strings, struct rule_string *string,
		     struct rule_error *error)
{
	char *const start = *strings;
	char *end = start;
	char *bracket = NULL; /* the open bracket in the result, */
	size_t column = 0;    /* and its column in the rule */
	size_t at = 0;

	if (value.length == 0)
		return rule_fail(error, -EINVAL, value.column, "nothing here", "a glob");
	while (at < value.length) {
		char byte = value.text[at];

		if (byte == '\\') {
			const int code = read_escape(value, &at, &byte, error);

			if (code < 0)
				return code;
			if (is_special(byte))
				*end++ = '\\';
			*end++ = byte;
			continue;
		}
		if ((unsigned char)byte < ' ' || byte == '\x7f')
			return rule_fail(error, -EINVAL, value.column + at,
					 "a control character", "\\xHH for it");
		*end++ = byte;
		if (bracket == NULL && byte == '[') {
			bracket = end - 1;
			column = value.column + at;
		} else if (bracket != NULL &&
			   glob_closes(bracket, (size_t)(end - 1 - bracket))) {
			bracket = NULL;
		}
		at++;
	}
	if (bracket != NULL)
		return rule_fail(error, -EINVAL, column, "a [ that is not closed",
				 "[BYTES], or \\[ for the character");
	*string = (struct rule_string){start, (size_t)(end - start)};
	*strings = end;
	return 0;
}

void rule_string_put(struct text *text, struct rule_string string)
{
	for (size_t i = 0; i < string.length; i++) {
		const char c = string.start[i];

		if (c == '\\') {
			/* A backslash before a special character stays. */
			text_put_bytes(text, string.start + i++, 2);
		} else if (c == ' ' || c == ',' || c == ';' || c == '#') {
			const char escape[] = {'\\', c};

			text_put_bytes(text, escape, sizeof escape);
		} else if (c < ' ' || c > '~') {
			const unsigned char byte = (unsigned char)c;
			const char escape[] = {'\\', 'x', "0123456789abcdef"[byte >> 4],
					       "0123456789abcdef"[byte & 15]};

			text_put_bytes(text, escape, sizeof escape);
		} else {
			text_put_char(text, c);
		}
	}
}
