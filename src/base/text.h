/*
 * Text of bounded length in the caller's buffer, instead of snprintf, which is not async-signal-safe
 * (signal-safety(7)). Cold. All functions here are async-signal-safe, allocate nothing and keep
 * errno. If something does not fit, `truncated` is set: a string is cut, a number or an escape is
 * left out, and later puts have no effect. So no part is missing in the middle of a text.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *start;
	size_t length;   /* bytes, without the NUL */
	size_t capacity; /* the size of the buffer in bytes, with the NUL */
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
/* Put the prefix 0x and the value without leading zeros. */
void text_put_hex(struct text *text, uint64_t value);
/* Put the end of a list of flags, whose names are put already: the flags in rest, which have no name,
 * as |0x8 (0x8 if rest == flags); 0 if flags is 0. */
void text_put_rest(struct text *text, uint64_t flags, uint64_t rest);
/* Put value in decimal with at least digits (<= 20) digits, padded with zeros: 7, 3 -> 007. */
void text_put_padded(struct text *text, uint64_t value, unsigned digits);
/* Put string with '"', '\\' and bytes that are not printable ASCII as \n, \t, \\, \" or \xHH: for
 * names from outside. */
void text_put_escaped(struct text *text, const char *string, size_t count);

#endif
