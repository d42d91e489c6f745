/*
 * Writes records, in the form of SOCKTIMEOUT_LOG_FORMAT. Cold.
 *
 * A file is opened, written and closed for each record: log rotation needs no signal.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/un.h>

#include "base/attributes.h"
#include "base/text.h"
#include "constants/constants.h"
#include "shim/config/configuration.h"
#include "shim/config/standard_error.h"
#include "shim/log/log.h"
#include "shim/system/kernel.h"
#include "shim/system/sandbox.h"

static int write_file(const char *path, const struct text *line)
{
	const int fd = kernel_open_append(path);
	int result;

	if (fd < 0)
		return fd;
	result = kernel_write_line(fd, line->start, line->length);
	kernel_close(fd);
	return result;
}

static int send_datagram(const char *path, int type, const char *bytes, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int fd = kernel_socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK);
	int result;

	if (fd < 0)
		return fd;
	memcpy(address.sun_path, path, strlen(path) + 1);
	result = kernel_connect(fd, (const struct sockaddr *)&address, sizeof address);
	if (result == 0)
		result = (int)kernel_send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	kernel_close(fd);
	return result < 0 ? result : 0;
}

/* syslog(3) takes a lock and reads the time zone. Without a time, the daemon uses the time of arrival.
 * Most daemons have a datagram socket; some have a stream, in which a NUL ends a message: the text has
 * one behind its end. */
static int send_syslog(const struct text *line)
{
	static const char path[] = "/dev/log";
	const int result = send_datagram(path, SOCK_DGRAM, line->start, line->length);

	return result == -EPROTOTYPE
		       ? send_datagram(path, SOCK_STREAM, line->start, line->length + 1)
		       : result;
}

static int put_to_target(const struct config *config, const struct text *line)
{
	switch (config->log) {
	case LOG_TO_STDERR:
		return standard_error_write(line);
	case LOG_TO_FILE:
		return write_file(config->log_path, line);
	case LOG_TO_SYSLOG:
		return send_syslog(line);
	case LOG_TO_JOURNAL:
		return send_datagram("/run/systemd/journal/socket", SOCK_DGRAM, line->start,
				     line->length);
	default:
		return 0;
	}
}

/* A record was lost: say so on standard error, once a process. */
COLD static void complain(const struct config *config, int error)
{
	static atomic_flag complained = ATOMIC_FLAG_INIT;
	char buffer[300];
	struct text message;

	if (config->log == LOG_TO_STDERR ||
	    atomic_flag_test_and_set_explicit(&complained, memory_order_relaxed))
		return;
	text_begin(&message, buffer, sizeof buffer);
	text_put_string(&message, "SOCKTIMEOUT_LOG: cannot write to ");
	if (config->log == LOG_TO_FILE)
		text_put_escaped(&message, config->log_path, strlen(config->log_path));
	else
		text_put_string(&message, config->log == LOG_TO_SYSLOG ? "syslog" : "journal");
	text_put_string(&message, ": ");
	constants_put(&message, CONSTANTS_ERRNO, error);
	standard_error_complain(buffer);
}

bool log_wanted(void)
{
	return config_get()->log != LOG_TO_NOTHING && !sandbox_entered();
}

/* Write the record by way of buffer, which has RECORD_CAPACITY bytes. */
static void put_record(char *buffer, const struct config *config, const struct record *record)
{
	struct text line;
	int result;

	text_begin(&line, buffer, RECORD_CAPACITY);
	record_put_line(&line, record, config->log, config->log_format);
	result = put_to_target(config, &line);
	if (result < 0)
		complain(config, -result);
}

/* A record would take most of a signal handler's stack of 8 KiB (SIGSTKSZ): the records have static
 * buffers. A buffer that is in use when a handler leaves by a jump, or when another thread forks, is
 * lost. */
#define BUFFERS 16
LARGE char log_buffers[BUFFERS][RECORD_CAPACITY];
static atomic_flag in_use[BUFFERS]; /* zeros: clear */

/* All buffers are in use. */
COLD static void put_on_stack(const struct config *config, const struct record *record)
{
	char buffer[RECORD_CAPACITY];

	put_record(buffer, config, record);
}

void log_put(struct record *record)
{
	const struct config *const config = config_get();
	unsigned int i = 0;

	record->program = config->program;
	record->process = kernel_process();
	record->thread = kernel_thread();
	(void)clock_gettime(CLOCK_REALTIME, &record->time);
	while (i < BUFFERS &&
	       atomic_flag_test_and_set_explicit(&in_use[i], memory_order_acquire))
		i++;
	if (i == BUFFERS) {
		put_on_stack(config, record);
		return;
	}
	put_record(log_buffers[i], config, record);
	atomic_flag_clear_explicit(&in_use[i], memory_order_release);
}
