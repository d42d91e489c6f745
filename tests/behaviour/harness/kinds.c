/*
 * See kinds.h.
 */
#include "config.h"

#include "harness/kinds.h"

const struct kind kinds[] = {
	{"tcp", AF_INET, SOCK_STREAM},
	{"udp", AF_INET, SOCK_DGRAM},
	{"unix", AF_UNIX, SOCK_STREAM},
	{"unix-dgram", AF_UNIX, SOCK_DGRAM},
	{"unix-seqpacket", AF_UNIX, SOCK_SEQPACKET},
	{"tcp6", AF_INET6, SOCK_STREAM},
};
const int kind_count = COUNT(kinds);

bool kind_has_end(const struct kind *kind)
{
	return kind->type != SOCK_DGRAM;
}

int kind_socket(const struct kind *kind, int flags)
{
	const int fd = socket(kind->family, kind->type | flags, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

int kind_bound(const struct kind *kind, int flags, struct named_address *name)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	const struct sockaddr_in loop = loopback(0);
	const struct sockaddr_in6 loop6 = {.sin6_family = AF_INET6,
					   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const int fd = kind_socket(kind, flags);

	/* The kernel chooses an abstract name (unix(7), autobind). */
	if (kind->family == AF_UNIX)
		ck_assert_int_eq(bind(fd, (const struct sockaddr *)&any, sizeof(sa_family_t)),
				 0);
	else if (kind->family == AF_INET)
		ck_assert_int_eq(bind(fd, (const struct sockaddr *)&loop, sizeof loop), 0);
	else
		ck_assert_int_eq(bind(fd, (const struct sockaddr *)&loop6, sizeof loop6), 0);
	name->length = sizeof name->storage;
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name->storage, &name->length), 0);
	return fd;
}

void kind_connect(int fd, const struct named_address *name)
{
	const int result = connect(fd, (const struct sockaddr *)&name->storage, name->length);

	ck_assert_msg(result == 0 || errno == EINPROGRESS, "connect: %s", strerror(errno));
}

static void tcp6_pair(const struct kind *kind, int pair[2])
{
	struct named_address name;
	const int listener = kind_bound(kind, 0, &name);

	ck_assert_int_eq(listen(listener, 1), 0);
	pair[0] = kind_socket(kind, 0);
	kind_connect(pair[0], &name);
	pair[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(pair[1], 0);
	ck_assert_int_eq(close(listener), 0);
}

void kind_pair(const struct kind *kind, int pair[2])
{
	if (kind->family == AF_UNIX)
		unix_pair(kind->type, pair);
	else if (kind->family == AF_INET6)
		tcp6_pair(kind, pair);
	else if (kind->type == SOCK_STREAM)
		tcp_pair(pair);
	else
		udp_pair(pair);
}
