/*
 * Appends records to a file, which only the launcher may have made: a regular file of this user. Cold.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/address.h"
#include "shim/config/configuration.h"
#include "shim/log/summary.h"
#include "shim/system/kernel.h"
#include "shim/system/memory.h"

/* The file, open to append; negative where it is another file, or is full. */
static int open_file(const char *path)
{
	const int fd = kernel_open_at(AT_FDCWD, path,
				      O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return fd;
	if (kernel_status(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_uid == kernel_user() && status.st_nlink == 1 &&
	    status.st_size < SUMMARY_FILE_LIMIT)
		return fd;
	kernel_close(fd);
	return -1;
}

static void put_peer(struct text *text, const struct summary_peer *peer)
{
	struct sockaddr_storage address;
	socklen_t length;

	if (peer->name != NULL)
		text_put_escaped(text, peer->name->start, peer->name->length);
	else if (peer->address != NULL && peer->length <= sizeof address &&
		 memory_readable(peer->address, peer->length))
		address_put(text, peer->address, peer->length);
	else if (peer->fd >= 0 && kernel_address(peer->fd, true, &address, &length) == 0)
		address_put(text, (const struct sockaddr *)&address, length);
}

void summary_note(enum summary_event event, enum operation operation,
		  const struct summary_peer *peer, int64_t elapsed)
{
	const char *const path = config_get()->summary_path;
	struct summary_record record;
	char buffer[SUMMARY_PEER_SIZE + 1];
	struct text text;
	int fd;

	if (path == NULL)
		return;
	fd = open_file(path);
	if (fd < 0)
		return;
	memset(&record, 0, sizeof record);
	text_begin(&text, buffer, sizeof buffer);
	put_peer(&text, peer);
	record.event = (uint8_t)event;
	record.operation = (uint8_t)operation;
	record.elapsed = elapsed;
	record.length = (uint8_t)text.length;
	memcpy(record.peer, buffer, text.length);
	(void)kernel_write_line(fd, &record, sizeof record);
	kernel_close(fd);
}
