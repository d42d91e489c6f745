/*
 * The matcher of globs. Owns no state.
 *
 * It remembers two places to come back to, the last `*` and the last `**`, and lets them take one
 * byte more when what follows does not fit. No older one need be tried again: whatever it could
 * take more, the last `**` could take in its stead; and two `*` with a slash between them each have
 * a component of their own, where more bytes for the first move nothing for the second.
 */
#include "policy/glob.h"

#include <stdint.h>

bool glob_closes(const char *glob, size_t at)
{
	const size_t first = glob[1] == '!' || glob[1] == '^' ? 2 : 1;

	return at > first && glob[at] == ']';
}

/* The byte at *at, with its backslash taken off, and *at moved behind it. */
static unsigned char literal(const char *glob, size_t length, size_t *at)
{
	if (glob[*at] == '\\' && *at + 1 < length)
		++*at;
	return (unsigned char)glob[(*at)++];
}

/* Whether byte is one of the bracket that begins at glob[0]; stores the bracket's length. */
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

/* Whether byte fits the one element at glob[*at], which is no star; moves *at behind it if so. */
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

/* Where to go on when what follows a star does not fit. */
struct retreat {
	size_t glob; /* behind the star; SIZE_MAX: there is none */
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

	/* Most globs begin with what most texts do not. */
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
