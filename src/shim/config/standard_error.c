/*
 * Owns the identity of the file that descriptor 2 was at the start. Cold.
 */
#include "config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/config/standard_error.h"
#include "shim/system/kernel.h"

/* Written while the settings are read, and constant after that. */
static bool usable;
static dev_t device;
static ino_t inode;

static bool look(struct stat *status)
{
	return kernel_status(STDERR_FILENO, status) == 0 && !S_ISSOCK(status->st_mode);
}

bool standard_error_start(void)
{
	struct stat status;

	usable = look(&status);
	if (usable) {
		device = status.st_dev;
		inode = status.st_ino;
	}
	return usable;
}

int standard_error_write(const struct text *line)
{
	struct stat status;

	if (!usable || !look(&status) || status.st_dev != device || status.st_ino != inode)
		return -EBADF;
	return kernel_write_line(STDERR_FILENO, line->start, line->length);
}

void standard_error_complain(const char *message)
{
	char buffer[500];
	struct text line;

	text_begin(&line, buffer, sizeof buffer - 1);
	text_put_string(&line, "socktimeout: ");
	text_put_string(&line, message);
	/* One byte was kept for the newline. */
	line.capacity = sizeof buffer;
	line.truncated = false;
	text_put_char(&line, '\n');
	(void)standard_error_write(&line);
}
