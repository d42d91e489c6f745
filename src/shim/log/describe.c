/*
 * See describe.h. Cold: once a line of the log.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "shim/log/describe.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"

static int option(int fd, int name)
{
	int value;

	return kernel_socket_option(fd, name, &value) == 0 ? value : RECORD_NONE;
}

static void describe_end(struct record_address *end, int fd, bool peer)
{
	if (kernel_address(fd, peer, &end->address, &end->length) != 0)
		end->length = 0;
}

void describe_gate(struct record *record, const struct gate *gate)
{
	record->call = gate->call;
	record->operation = gate->operation;
	record->fd = gate->fd;
	record->socket = true;
	record->family = option(gate->fd, SO_DOMAIN);
	record->type = option(gate->fd, SO_TYPE);
	record->protocol = option(gate->fd, SO_PROTOCOL);
	describe_end(&record->local, gate->fd, false);
	/* A listener has no other side; it is known by its own address. */
	if (gate->address == NULL)
		describe_end(&record->peer, gate->fd, true);
	else if (gate->address_length <= sizeof record->peer.address &&
		 memory_readable(gate->address, gate->address_length))
		memcpy(&record->peer.address, gate->address,
		       record->peer.length = gate->address_length);
	if (gate->started != 0)
		record->elapsed = clock_now() - gate->started;
	if (gate->timeout > 0)
		record->timeout = gate->timeout;
	record->progress = gate->progress;
}
