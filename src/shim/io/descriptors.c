/*
 * See descriptors.h. Cold.
 */
#include "config.h"

#include <string.h>

#include "shim/fd/fd.h"
#include "shim/io/descriptors.h"

/* musl's CMSG_NXTHDR mixes signed and unsigned numbers. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wsign-compare"

bool descriptors_received(struct msghdr *message)
{
	bool any = false;

	if (message->msg_control == NULL)
		return false;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
	     part = CMSG_NXTHDR(message, part)) {
		const unsigned char *data = CMSG_DATA(part);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= part->cmsg_len;
		     at += sizeof(int), data += sizeof(int)) {
			int fd;

			memcpy(&fd, data, sizeof fd);
			fd_opened(fd, 0);
			any = true;
		}
	}
	return any;
}

#pragma GCC diagnostic pop
