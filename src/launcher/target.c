/*
 * Reads the other side of a call to be explained. Cold; owns no state.
 */
#include "launcher/target.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/address.h"
#include "constants/constants.h"
#include "launcher/status.h"

#define EXPECTED "ADDRESS:PORT, [V6]:PORT, udp:ADDRESS:PORT, unix:PATH, unix:@NAME or unix:"

static _Noreturn void die_of(const char *place)
{
	die(STATUS_REFUSED, "%s: not a place, expected " EXPECTED, place);
}

/* Whether text begins with prefix, which is then taken off. */
static bool takes_prefix(const char **text, const char *prefix)
{
	const size_t length = strlen(prefix);

	if (strncmp(*text, prefix, length) != 0)
		return false;
	*text += length;
	return true;
}

static void read_unix(const char *name, const char *place, struct target *target)
{
	struct sockaddr_un *address = (void *)&target->address;
	const size_t length = strlen(name);

	if (length >= sizeof address->sun_path)
		die_of(place);
	address->sun_family = AF_UNIX;
	target->channel = length == 0;
	target->length = offsetof(struct sockaddr_un, sun_path);
	if (length == 0)
		return;
	memcpy(address->sun_path, name, length + 1);
	target->length += (socklen_t)length + 1;
	if (name[0] == '@') {
		address->sun_path[0] = '\0';
		target->length--;
	}
}

static in_port_t read_port(const char *digits, const char *place)
{
	unsigned long port = 0;

	if (digits[0] == '\0' || strlen(digits) > 5)
		die_of(place);
	for (; *digits != '\0'; digits++) {
		if (*digits < '0' || *digits > '9')
			die_of(place);
		port = port * 10 + (unsigned long)(*digits - '0');
	}
	if (port > UINT16_MAX)
		die_of(place);
	return htons((in_port_t)port);
}

static void read_internet(const char *text, const char *place, struct target *target)
{
	struct sockaddr_in *in = (void *)&target->address;
	struct sockaddr_in6 *in6 = (void *)&target->address;
	const char *colon = strrchr(text, ':');
	const bool bracketed = text[0] == '[' && colon != NULL && colon[-1] == ']';
	unsigned char octet[16];
	size_t where;
	int family;

	if (colon == NULL)
		die_of(place);
	if (address_parse(text + bracketed, (size_t)(colon - text) - 2 * (size_t)bracketed,
			  &family, octet, &where) != 0 ||
	    bracketed != (family == AF_INET6))
		die_of(place);
	if (family == AF_INET6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = read_port(colon + 1, place);
		memcpy(&in6->sin6_addr, octet, sizeof in6->sin6_addr);
		target->length = sizeof *in6;
	} else {
		in->sin_family = AF_INET;
		in->sin_port = read_port(colon + 1, place);
		memcpy(&in->sin_addr, octet, sizeof in->sin_addr);
		target->length = sizeof *in;
	}
}

struct policy_call target_find(enum operation operation, const char *name, const char *place,
			       struct target *target)
{
	const struct policy_call call = {
		.operation = operation, .family = -1, .type = -1, .protocol = -1};
	const char *text = place;

	*target = (struct target){.type = SOCK_STREAM};
	if (operation == OPERATION_COUNT)
		die(STATUS_REFUSED, "%s: no such operation, expected %s", name,
		    OPERATION_NAMES);
	if (operation == OPERATION_RESOLVE)
		return call;
	if (takes_prefix(&text, "unix:")) {
		read_unix(text, place, target);
	} else {
		const bool udp = takes_prefix(&text, "udp:");

		read_internet(text, place, target);
		target->type = udp ? SOCK_DGRAM : SOCK_STREAM;
		target->protocol = udp ? IPPROTO_UDP : IPPROTO_TCP;
	}
	target->family = target->address.ss_family;
	return (struct policy_call){.operation = operation,
				    .family = target->family,
				    .type = target->type,
				    .protocol = target->protocol,
				    .address = (const void *)&target->address,
				    .address_length = target->length,
				    .channel = target->channel};
}

void target_put(struct text *text, const struct target *target)
{
	if (target->length == 0)
		return;
	constants_put(text, CONSTANTS_AF, target->family);
	text_put_string(text, ", ");
	constants_put(text, CONSTANTS_SOCK, target->type);
	text_put_string(text, ", ");
	constants_put(text, CONSTANTS_IPPROTO, target->protocol);
	if (target->channel)
		return;
	text_put_string(text, ", ");
	address_put(text, (const void *)&target->address, target->length);
}
