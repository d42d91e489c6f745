/*
 * The kind `short`: a call moves at most so many bytes. Cold.
 */
#include "config.h"

#include <sys/socket.h>

#include "shim/fault/fault_inside.h"

static void put_limit(struct text *text, const struct fault *fault)
{
	text_put_unsigned(text, fault->limit);
}

/* Bytes of a stream, which have no boundaries; but a receive with MSG_WAITALL gets all that it asks
 * for, in however many pieces. */
static bool can_be_short(const struct io *io, bool blocks)
{
	(void)blocks;
	return (io->operation == OPERATION_SEND ||
		(io->operation == OPERATION_RECV && (io->flags & MSG_WAITALL) == 0)) &&
	       fd_is_stream(io->fd, io->state);
}

static bool short_before(struct io *io, const struct fault *fault, bool blocks)
{
	(void)blocks;
	fault_limit(io, fault->limit);
	return true;
}

const struct fault_kind fault_short = {
	.action = RULE_SHORT,
	.name = "short",
	.put_value = put_limit,
	.concerns = can_be_short,
	.before = short_before,
};
