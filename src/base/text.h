/*
 * Text of bounded length in a buffer of the caller's: what the library uses where other programs
 * use snprintf, which is not async-signal-safe (signal-safety(7)). Cold. All functions here are
 * async-signal-safe, allocate nothing and leave errno alone. What does not fit is dropped (of
 * strings the end, numbers and escapes as a whole) and `truncated` is set; a put after that is
 * dropped too, so a text never has a hole.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *start;
	size_t length;   /* bytes put so far, without the NUL */
	size_t capacity; /* bytes at start, including room for the NUL */
	bool truncated;
};

/* Begin an empty, NUL-terminated text in buffer; capacity >= 1. */
void text_begin(struct text *text, char *buffer, size_t capacity);
void text_put_char(struct text *text, char c);
/* string may be NULL: puts "(null)". */
void text_put_string(struct text *text, const char *string);
void text_put_bytes(struct text *text, const char *bytes, size_t count);
void text_put_unsigned(struct text *text, uint64_t value);
void text_put_signed(struct text *text, int64_t value);
/* With the prefix 0x, without leading zeros. */
void text_put_hex(struct text *text, uint64_t value);
/* The end of flags of which those in rest have no name, and the others stand there already, with |
 * between them: |0x8, or 0 where there were none at all. */
void text_put_rest(struct text *text, uint64_t flags, uint64_t rest);
/* value in decimal with at least digits (<= 20) digits, padded with zeros: 7, 3 -> 007. */
void text_put_padded(struct text *text, uint64_t value, unsigned digits);
/* string with what is no printable ASCII, '"' and '\\' as \n, \t, \\, \" or \xHH: for names that
 * come from outside. */
void text_put_escaped(struct text *text, const char *string, size_t count);

#endif
