/*
 * See placing.h.
 */
#include "rules/placing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

long own_timer;
int kind = SOCK_STREAM;

void must(int condition, int line)
{
	if (!condition) {
		(void)printf("victim: line %d: %s\n", line, strerror(errno));
		exit(100);
	}
}

struct place place_of(const char *text)
{
	struct place place = {0};
	struct sockaddr_in *const in = (struct sockaddr_in *)&place.address;
	struct sockaddr_in6 *const in6 = (struct sockaddr_in6 *)&place.address;
	struct sockaddr_un *const local = (struct sockaddr_un *)&place.address;
	char host[INET6_ADDRSTRLEN + 1];
	const char *const colon = strchr(text, '.') != NULL ? strrchr(text, ':') : NULL;
	const bool with_port = colon != NULL && strchr(colon, '.') == NULL;

	(void)snprintf(host, sizeof host, "%.*s",
		       (int)(with_port ? (size_t)(colon - text) : strlen(text)), text);
	if (text[0] == '@' || strncmp(text, "unix:", 5) == 0) {
		const char *const path = text[0] == '@' ? text : text + 5;

		local->sun_family = AF_UNIX;
		(void)snprintf(local->sun_path, sizeof local->sun_path, "%s", path);
		if (text[0] == '@')
			local->sun_path[0] = '\0';
		place.length =
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	} else if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((in_port_t)(with_port ? atoi(colon + 1) : 0));
		place.length = sizeof *in;
	} else {
		must(inet_pton(AF_INET6, host, &in6->sin6_addr) == 1, __LINE__);
		in6->sin6_family = AF_INET6;
		place.length = sizeof *in6;
	}
	return place;
}

int new_socket(const struct place *place)
{
	const struct timeval timer = {own_timer / 1000, own_timer % 1000 * 1000};
	const int fd = socket(place->address.ss_family, kind, 0);

	must(fd >= 0, __LINE__);
	if (own_timer != 0)
		must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timer, sizeof timer) == 0 &&
			     setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timer, sizeof timer) == 0,
		     __LINE__);
	return fd;
}

int bound_socket(struct place *place)
{
	const int fd = new_socket(place), one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	must(bind(fd, (struct sockaddr *)&place->address, place->length) == 0, __LINE__);
	place->length = sizeof place->address;
	must(getsockname(fd, (struct sockaddr *)&place->address, &place->length) == 0,
	     __LINE__);
	return fd;
}

int connected(const char *text, int *other)
{
	struct place place = place_of(text);
	const int listener = bound_socket(&place), fd = new_socket(&place);

	*other = -1;
	if (kind != SOCK_DGRAM)
		must(listen(listener, 1) == 0, __LINE__);
	must(connect(fd, (struct sockaddr *)&place.address, place.length) == 0, __LINE__);
	if (kind != SOCK_DGRAM) {
		*other = accept(listener, NULL, NULL);
		must(*other >= 0, __LINE__);
		must(close(listener) == 0, __LINE__);
	}
	return fd;
}

struct place full_listener(const char *text)
{
	struct place place = place_of(text);
	const int listener = bound_socket(&place);

	must(listen(listener, 0) == 0, __LINE__);
	for (int i = 0; i < 4; i++) {
		const int fd = socket(place.address.ss_family, kind | SOCK_NONBLOCK, 0);

		(void)connect(fd, (struct sockaddr *)&place.address, place.length);
	}
	return place;
}
