/*
 * A byte in the file that SOCKTIMEOUT_FAIL names. Cold.
 *
 * The environment may be older than the file: where it is not a file of this user's that is
 * already there, it is another's, and left alone.
 */
#include <stdatomic.h>
#include <stdbool.h>

#include "shim/config/configuration.h"
#include "shim/system/kernel.h"
#include "shim/log/mark.h"

static bool is_ours(int fd)
{
	struct stat status;

	return kernel_status(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_uid == kernel_user() && status.st_nlink == 1;
}

void mark_timeout(void)
{
	static atomic_bool marked;
	const struct config *config = config_get();
	int fd;

	if (config->fail_path == NULL || atomic_load_explicit(&marked, memory_order_relaxed))
		return;
	fd = kernel_open_mark(config->fail_path);
	if (fd < 0)
		return;
	if (is_ours(fd) && kernel_write_line(fd, "1", 1) == 0)
		atomic_store_explicit(&marked, true, memory_order_relaxed);
	kernel_close(fd);
}
