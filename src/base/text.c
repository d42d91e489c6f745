/*
 * Appends bytes, numbers and escapes to the caller's buffer. Cold; owns no state. Only text_append and
 * text_append_whole write to the buffer.
 */
#include "base/text.h"

#include <string.h>

#include "base/attributes.h"

/* The digits of UINT64_MAX: 20 in decimal, 16 in hexadecimal. */
#define DIGITS_MAX 20

/* The free bytes, without the NUL; 0 for a truncated text. */
static size_t text_room(const struct text *text)
{
	return text->truncated ? 0 : text->capacity - 1 - text->length;
}

/* Put the bytes that fit. */
static void text_append(struct text *text, const char *bytes, size_t count)
{
	size_t room = text_room(text);

	if (count > room) {
		count = room;
		text->truncated = true;
	}
	if (count == 0)
		return;
	memcpy(text->start + text->length, bytes, count);
	text->length += count;
	text->start[text->length] = '\0';
}

/* Put all of the bytes or none, because a part of a number or of an escape has another meaning. */
static void text_append_whole(struct text *text, const char *bytes, size_t count)
{
	if (count > text_room(text))
		text->truncated = true;
	else
		text_append(text, bytes, count);
}

/* Write the digits of value before `end`; returns the first digit. */
static char *text_digits(char *end, uint64_t value, unsigned base)
{
	do {
		*--end = "0123456789abcdef"[value % base];
		value /= base;
	} while (value > 0);
	return end;
}

void text_begin(struct text *text, char *buffer, size_t capacity)
{
	*text = (struct text){.start = buffer, .capacity = capacity};
	buffer[0] = '\0';
}

void text_put_char(struct text *text, char c)
{
	text_append(text, &c, 1);
}

void text_put_string(struct text *text, const char *string)
{
	if (string == NULL)
		string = "(null)";
	text_append(text, string, strlen(string));
}

void text_put_bytes(struct text *text, const char *bytes, size_t count)
{
	text_append(text, bytes, count);
}

void text_put_unsigned(struct text *text, uint64_t value)
{
	text_put_padded(text, value, 1);
}

void text_put_signed(struct text *text, int64_t value)
{
	char digits[1 + DIGITS_MAX];
	char *end = digits + sizeof(digits);
	/* Negated as unsigned, because -INT64_MIN does not fit in an int64_t. */
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char *first = text_digits(end, magnitude, 10);

	if (value < 0)
		*--first = '-';
	text_append_whole(text, first, (size_t)(end - first));
}

void text_put_hex(struct text *text, uint64_t value)
{
	char digits[2 + DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *first = text_digits(end, value, 16);

	*--first = 'x';
	*--first = '0';
	text_append_whole(text, first, (size_t)(end - first));
}

void text_put_rest(struct text *text, uint64_t flags, uint64_t rest)
{
	if (rest != flags && rest != 0)
		text_put_char(text, '|');
	if (flags == 0)
		text_put_char(text, '0');
	else if (rest != 0)
		text_put_hex(text, rest);
}

void text_put_padded(struct text *text, uint64_t value, unsigned digits)
{
	char padded[DIGITS_MAX];
	char *end = padded + sizeof(padded);
	char *first = text_digits(end, value, 10);

	while (first > padded && (size_t)(end - first) < digits)
		*--first = '0';
	text_append_whole(text, first, (size_t)(end - first));
}

void text_put_escaped(struct text *text, const char *string, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)string[i];
		char escape[] = {'\\', (char)c, "0123456789abcdef"[c >> 4],
				 "0123456789abcdef"[c & 15]};

		switch (c) {
		case '\n':
			text_append_whole(text, "\\n", 2);
			break;
		case '\t':
			text_append_whole(text, "\\t", 2);
			break;
		case '"':
		case '\\':
			text_append_whole(text, escape, 2);
			break;
		default:
			if (c >= ' ' && c <= '~') {
				text_append(text, string + i, 1);
				break;
			}
			escape[1] = 'x';
			text_append_whole(text, escape, sizeof(escape));
		}
	}
}
