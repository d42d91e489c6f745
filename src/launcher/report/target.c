/*
 * Reads the peer of the call that --explain explains. Cold; owns no state.
 */
#include "launcher/report/target.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/address.h"
#include "constants/constants.h"
#include "launcher/allocate.h"
#include "launcher/status.h"

#define EXPECTED                                                                               \
	"HOST:PORT, ADDRESS:PORT, [V6]:PORT, udp:ADDRESS:PORT, unix:PATH, unix:@NAME or unix:"

static _Noreturn void die_of(const char *place)
{
	die(STATUS_REFUSED, "%s: not a place, expected " EXPECTED, place);
}

/* Remove prefix from the start of *text. False: *text has no such start. */
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
	target->family = address->sun_family = AF_UNIX;
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

/* The name of a host: letters, digits, -, _ and dots. */
static bool is_name(const char *text, size_t length)
{
	static const char valid[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return length > 0 && strspn(text, valid) >= length &&
	       strspn(text, "0123456789.") < length;
}

static void set_host(struct target *target, const char *text, size_t length)
{
	target->host = allocate_text("%.*s", (int)length, text);
	for (char *c = target->host; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

/* Take the next address of the host, with the port of the one before. */
static bool take_address(struct target *target)
{
	struct sockaddr_in *const in = (void *)&target->address;
	const struct addrinfo *const next = target->next;
	const in_port_t port = in->sin_port; /* where struct sockaddr_in6 has it, too */

	if (next == NULL)
		return false;
	memcpy(&target->address, next->ai_addr, next->ai_addrlen);
	target->length = next->ai_addrlen;
	target->family = next->ai_family;
	in->sin_port = port;
	target->next = next->ai_next;
	return true;
}

static void read_host(const char *text, const char *colon, const char *place,
		      struct target *target)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct sockaddr_in *const in = (void *)&target->address;

	set_host(target, text, (size_t)(colon - text));
	in->sin_family = AF_INET;
	in->sin_port = read_port(colon + 1, place);
	target->length = sizeof *in;
	target->family = -1;
	if (getaddrinfo(target->host, NULL, &hints, &target->next) != 0 ||
	    !take_address(target))
		fprintf(stderr,
			"socktimeout: %s: no address found; rules with `to` or `family` do "
			"not match\n",
			target->host);
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
	if (is_name(text, (size_t)(colon - text))) {
		read_host(text, colon, place, target);
		return;
	}
	if (address_parse(text + bracketed, (size_t)(colon - text) - 2 * (size_t)bracketed,
			  &family, octet, &where) != 0 ||
	    bracketed != (family == AF_INET6))
		die_of(place);
	if (family == AF_INET6) {
		target->family = in6->sin6_family = AF_INET6;
		in6->sin6_port = read_port(colon + 1, place);
		memcpy(&in6->sin6_addr, octet, sizeof in6->sin6_addr);
		target->length = sizeof *in6;
	} else {
		target->family = in->sin_family = AF_INET;
		in->sin_port = read_port(colon + 1, place);
		memcpy(&in->sin_addr, octet, sizeof in->sin_addr);
		target->length = sizeof *in;
	}
}

struct policy_call target_find(enum operation operation, const char *name, const char *place,
			       struct target *target)
{
	struct policy_call call = {
		.operation = operation, .family = -1, .type = -1, .protocol = -1};
	const char *text = place;

	*target = (struct target){.type = SOCK_STREAM};
	if (operation == OPERATION_COUNT)
		die(STATUS_REFUSED, "%s: no such operation, expected %s", name,
		    OPERATION_NAMES);
	if (operation == OPERATION_RESOLVE) {
		if (place != NULL)
			set_host(target, place, strlen(place));
		call.host = target->host;
		return call;
	}
	if (takes_prefix(&text, "unix:")) {
		read_unix(text, place, target);
	} else {
		const bool udp = takes_prefix(&text, "udp:");

		read_internet(text, place, target);
		target->type = udp ? SOCK_DGRAM : SOCK_STREAM;
		target->protocol = udp ? IPPROTO_UDP : IPPROTO_TCP;
	}
	call.host = target->host;
	call.family = target->family;
	call.type = target->type;
	call.protocol = target->protocol;
	call.address = (const void *)&target->address;
	call.address_length = target->length;
	call.channel = target->channel;
	return call;
}

bool target_next(struct target *target, struct policy_call *call)
{
	if (!take_address(target))
		return false;
	call->family = target->family;
	call->address_length = target->length;
	return true;
}

void target_put(struct text *text, const struct target *target)
{
	if (target->length == 0) {
		text_put_string(text, target->host != NULL ? target->host : "");
		return;
	}
	if (target->family >= 0) {
		constants_put(text, CONSTANTS_AF, target->family);
		text_put_string(text, ", ");
	}
	constants_put(text, CONSTANTS_SOCK, target->type);
	text_put_string(text, ", ");
	constants_put(text, CONSTANTS_IPPROTO, target->protocol);
	if (target->channel)
		return;
	text_put_string(text, ", ");
	if (target->host != NULL) {
		text_put_string(text, target->host);
		text_put_string(text, target->family >= 0 ? ", " : ":");
	}
	if (target->family >= 0)
		address_put(text, (const void *)&target->address, target->length);
	else
		text_put_unsigned(
			text, ntohs(((const struct sockaddr_in *)(const void *)&target->address)
					    ->sin_port));
}
