/*
 * Asks the kernel for a socket's type. Cold: once a descriptor.
 */
#include "config.h"

#include <errno.h>
#include <sys/socket.h>

#include "shim/system/kernel.h"
#include "shim/fd/socket.h"

uint32_t socket_learn_kind(int fd, uint32_t hint)
{
	uint32_t kind = 0;
	int type;
	const int result = kernel_socket_option(fd, SO_TYPE, &type);

	if (result == 0)
		kind = hint_of_type(type);
	else if (result == -ENOTSOCK)
		kind = HINT_NO_SOCKET;
	if (kind != 0)
		hint_learn(fd, hint, kind);
	return kind;
}

bool socket_is(int fd, uint32_t hint)
{
	const uint32_t kinds = HINT_STREAM | HINT_MESSAGES;

	if ((hint & (kinds | HINT_NO_SOCKET)) == 0)
		hint = socket_learn_kind(fd, hint);
	return (hint & kinds) != 0;
}
