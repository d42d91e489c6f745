/*
 * Matches globs. Owns no state.
 *
 * The matcher remembers the last `*` and the last `**`. When a later element does not match, the
 * last star takes one more byte, and matching goes on behind the star. Older stars need no retry:
 * the last `**` can take every byte that an older star could take; and two `*` with a slash between
 * them match different components, so more bytes for the first do not help the second.
 */
#include "policy/glob.h"

#include <stdint.h>

bool glob_closes(const char *glob, size_t at)
{
	const size_t first = glob[1] == '!' || glob[1] == '^' ? 2 : 1;

	return at > first && glob[at] == ']';
}

/* The byte at *at without its backslash; moves *at behind the byte. */
static unsigned char literal(const char *glob, size_t length, size_t *at)
{
	if (glob[*at] == '\\' && *at + 1 < length)
		++*at;
	return (unsigned char)glob[(*at)++];
}

/* The bracket that begins at glob[0] contains byte; stores the bracket's length in *end. */
static bool bracket_holds(const char *glob, size_t length, unsigned char byte, size_t *end)
{
	const bool negated = length > 1 && (glob[1] == '!' || glob[1] == '^');
	size_t at = negated ? 2 : 1;
	bool held = false;

	while (at < length && !glob_closes(glob, at)) {
		const unsigned char low = literal(glob, length, &at);
		unsigned char high = low;

		if (at + 1 < length && glob[at] == '-' && !glob_closes(glob, at + 1)) {
			at++;
			high = literal(glob, length, &at);
		}
		held = held || (byte >= low && byte <= high);
	}
	*end = at + 1;
	return held != negated && byte != '/';
}

/* byte matches the element at glob[*at], which is not a star; if so, moves *at behind the element. */
static bool element_fits(const char *glob, size_t length, size_t *at, char byte)
{
	size_t end = *at;
	bool fits;

	if (glob[*at] == '?') {
		fits = byte != '/';
		end++;
	} else if (glob[*at] == '[') {
		fits = bracket_holds(glob + *at, length - *at, (unsigned char)byte, &end);
		end += *at;
	} else {
		fits = literal(glob, length, &end) == (unsigned char)byte;
	}
	if (fits)
		*at = end;
	return fits;
}

/* Where to go on when a later element does not match. */
struct retreat {
	size_t glob; /* behind the star; SIZE_MAX: there was no star */
	size_t text; /* the first byte that the star has not taken */
};

static bool is_plain(char c)
{
	return c != '*' && c != '?' && c != '[' && c != '\\';
}

bool glob_matches(const char *glob, size_t glob_length, const char *text, size_t length)
{
	struct retreat star = {SIZE_MAX, 0}, globstar = {SIZE_MAX, 0};
	size_t g = 0, t = 0;

	/* A short cut: most texts differ from the glob in the first bytes. */
	while (g < glob_length && t < length && is_plain(glob[g])) {
		if (glob[g++] != text[t++])
			return false;
	}
	while (t < length || g < glob_length) {
		if (g < glob_length && glob[g] == '*') {
			const bool any = g + 1 < glob_length && glob[g + 1] == '*';

			g += any ? 2 : 1;
			star = (struct retreat){any ? SIZE_MAX : g, t};
			if (any)
				globstar = (struct retreat){g, t};
		} else if (g < glob_length && t < length &&
			   element_fits(glob, glob_length, &g, text[t])) {
			t++;
		} else if (star.glob != SIZE_MAX && star.text < length &&
			   text[star.text] != '/') {
			g = star.glob;
			t = ++star.text;
		} else if (globstar.glob != SIZE_MAX && globstar.text < length) {
			g = globstar.glob;
			t = ++globstar.text;
			star.glob = SIZE_MAX;
		} else {
			return false;
		}
	}
	return true;
}
