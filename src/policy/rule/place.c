/*
 * Parses, prints and matches `to`. Owns no state.
 */
#include "policy/rule/place.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/address.h"
#include "policy/glob.h"
#include "policy/rule/rule_string.h"

#define UNIX_PREFIX "unix:"

/* RFC 4291, 2.5.5.2: ::ffff:0:0/96. */
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static const char expected_place[] =
	"an IPv4 or IPv6 address, one with /PREFIX, a path, @NAME or unix:GLOB";

static unsigned int bits_of(int family)
{
	return family == AF_INET ? 32 : 128;
}

static bool same_bits(const unsigned char *octet, const unsigned char *other, unsigned int bits)
{
	const unsigned int whole = bits / 8;

	return memcmp(octet, other, whole) == 0 &&
	       (bits % 8 == 0 || (octet[whole] ^ other[whole]) >> (8 - bits % 8) == 0);
}

/* Remove the brackets around an address, which end before `/`. */
static int take_brackets_off(struct rule_value *address, struct rule_error *error)
{
	if (address->length == 0 || address->text[0] != '[')
		return 0;
	if (address->text[address->length - 1] != ']')
		return rule_fail(error, -EINVAL, address->column + address->length,
				 "a [ that is not closed", "]");
	address->text++;
	address->column++;
	address->length -= 2;
	return 0;
}

static int parse_block(struct rule_value value, struct rule_place *place,
		       struct rule_error *error)
{
	static const unsigned char nothing[16];
	const char *slash = memchr(value.text, '/', value.length);
	struct rule_value address = value;
	unsigned char masked[16];
	uint64_t prefix;
	size_t where;
	int code;

	if (slash != NULL)
		address.length = (size_t)(slash - value.text);
	code = take_brackets_off(&address, error);
	if (code < 0)
		return code;
	if (address_parse(address.text, address.length, &place->family, place->octet, &where) <
	    0)
		return rule_fail(error, -EINVAL, address.column + where, "not an address",
				 expected_place);
	prefix = bits_of(place->family);
	if (slash != NULL) {
		const size_t skip = (size_t)(slash - value.text) + 1;
		const struct rule_value number = {value.text + skip, value.length - skip,
						  value.column + skip};

		code = rule_value_number(number, 0, prefix,
					 prefix == 32 ? "a prefix of 0..32 bits"
						      : "a prefix of 0..128 bits",
					 &prefix, error);
		if (code < 0)
			return code;
	}
	place->prefix = (unsigned int)prefix;

	/* An error, because the address or the prefix is probably wrong. */
	memcpy(masked, place->octet, sizeof masked);
	for (unsigned int bit = 0; bit < place->prefix; bit++)
		masked[bit / 8] &= (unsigned char)~(0x80u >> bit % 8);
	if (memcmp(masked, nothing, bits_of(place->family) / 8) != 0)
		return rule_fail(error, -EINVAL, address.column,
				 "the address has bits after the prefix",
				 "the network's own address, or a longer prefix");

	if (place->family == AF_INET6 && place->prefix >= 96 &&
	    memcmp(place->octet, mapped, sizeof mapped) == 0) {
		place->family = AF_INET;
		place->prefix -= 96;
		memmove(place->octet, place->octet + 12, 4);
		memset(place->octet + 4, 0, 12);
	}
	return 0;
}

int place_parse(struct rule_value value, char **strings, struct rule_place *place,
		struct rule_error *error)
{
	const size_t skip = strlen(UNIX_PREFIX);

	*place = (struct rule_place){.family = AF_UNIX};
	if (value.length == 0)
		return rule_fail(error, -EINVAL, value.column, "nothing here", expected_place);
	if (value.text[0] == '/' || value.text[0] == '@')
		return rule_string_read(value, strings, &place->glob, error);
	if (value.length < skip || memcmp(value.text, UNIX_PREFIX, skip) != 0)
		return parse_block(value, place, error);
	value = (struct rule_value){value.text + skip, value.length - skip,
				    value.column + skip};
	/* `unix:` alone is the empty name. */
	if (value.length == 0) {
		place->glob.start = *strings;
		return 0;
	}
	return rule_string_read(value, strings, &place->glob, error);
}

void place_put(struct text *text, const struct rule_place *place)
{
	if (place->family == AF_UNIX) {
		if (place->glob.length == 0 ||
		    (place->glob.start[0] != '/' && place->glob.start[0] != '@'))
			text_put_string(text, UNIX_PREFIX);
		rule_string_put(text, place->glob);
		return;
	}
	address_put_host(text, place->family, place->octet);
	if (place->prefix != bits_of(place->family)) {
		text_put_char(text, '/');
		text_put_unsigned(text, place->prefix);
	}
}

/* unix(7): a path ends at a NUL, if there is one; an abstract name has exactly the given length, and
 * @ replaces its first NUL; a socket without a name has the empty name. */
static void read_name(struct place_address *read, const struct sockaddr_un *address,
		      socklen_t length)
{
	const size_t before = offsetof(struct sockaddr_un, sun_path);
	size_t count = length > before ? length - before : 0;

	if (count > sizeof read->name)
		count = sizeof read->name;
	memcpy(read->name, address->sun_path, count);
	if (count > 0 && read->name[0] == '\0')
		read->name[0] = '@';
	else
		count = strnlen(read->name, count);
	read->name_length = count;
	read->family = AF_UNIX;
}

void place_read(struct place_address *read, const struct sockaddr *address, socklen_t length)
{
	const void *any = address;
	const struct sockaddr_in *in = any;
	const struct sockaddr_in6 *in6 = any;

	*read = (struct place_address){.family = AF_UNSPEC};
	if (length < sizeof address->sa_family)
		return;
	if (address->sa_family == AF_UNIX) {
		read_name(read, any, length);
	} else if (address->sa_family == AF_INET && length >= sizeof *in) {
		read->family = AF_INET;
		read->ipv4 = (const unsigned char *)&in->sin_addr;
		read->port = ntohs(in->sin_port);
	} else if (address->sa_family == AF_INET6 &&
		   length >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		/* SIN6_LEN_RFC2133, which the kernel takes too (net/ipv6/af_inet6.c), is without
		 * the scope. */
		read->family = AF_INET6;
		read->ipv6 = in6->sin6_addr.s6_addr;
		if (memcmp(read->ipv6, mapped, sizeof mapped) == 0)
			read->ipv4 = read->ipv6 + sizeof mapped;
		read->port = ntohs(in6->sin6_port);
	}
}

bool place_holds(const struct rule_place *place, const struct place_address *address)
{
	if (place->family == AF_UNIX)
		return address->family == AF_UNIX &&
		       glob_matches(place->glob.start, place->glob.length, address->name,
				    address->name_length);
	if (place->family == AF_INET)
		return address->ipv4 != NULL &&
		       same_bits(place->octet, address->ipv4, place->prefix);
	return address->ipv6 != NULL && same_bits(place->octet, address->ipv6, place->prefix);
}

bool place_can_hold(const struct rule_place *place, int family)
{
	return place->family == family || (place->family == AF_INET && family == AF_INET6);
}
