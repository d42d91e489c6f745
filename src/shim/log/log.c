/*
 * Takes a record where SOCKTIMEOUT_LOG says, in the form that SOCKTIMEOUT_LOG_FORMAT says. Cold.
 *
 * Nothing may land in a wrong file: stderr is written only while descriptor 2 is the file that it
 * was at start (a daemon closes it and the number comes back as something else), and never when
 * that is a socket. Files are opened, written and closed for each record, so a rotated log needs no
 * signal.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/text.h"
#include "constants/constants.h"
#include "shim/config/configuration.h"
#include "shim/system/kernel.h"
#include "shim/log/log.h"

/* LOG_USER of RFC 3164. */
#define SYSLOG_FACILITY 1

static int write_stderr(const struct config *config, const struct text *line)
{
	struct stat now;

	if (kernel_status(STDERR_FILENO, &now) != 0 || S_ISSOCK(now.st_mode) ||
	    now.st_dev != config->stderr_status.st_dev ||
	    now.st_ino != config->stderr_status.st_ino)
		return -EBADF;
	return kernel_write_line(STDERR_FILENO, line->start, line->length);
}

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
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	const int fd = kernel_socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK);
	int result;

	if (fd < 0)
		return fd;
	memcpy(where.sun_path, path, strlen(path) + 1);
	result = kernel_connect(fd, (const struct sockaddr *)&where, sizeof where);
	if (result == 0)
		result = (int)kernel_send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	kernel_close(fd);
	return result < 0 ? result : 0;
}

/* To the syslog socket as syslog(3) does, without its lock and its time zone: the daemon stamps
 * the line when it comes. Datagrams as a rule; some daemons listen for a stream, where a message
 * ends with a NUL, which the text has behind it. */
static int write_syslog(const struct text *line)
{
	static const char path[] = "/dev/log";
	const int result = send_datagram(path, SOCK_DGRAM, line->start, line->length);

	return result == -EPROTOTYPE
		       ? send_datagram(path, SOCK_STREAM, line->start, line->length + 1)
		       : result;
}

static int take(const struct config *config, const struct text *line)
{
	switch (config->log) {
	case LOG_TO_STDERR:
		return write_stderr(config, line);
	case LOG_TO_FILE:
		return write_file(config->log_path, line);
	case LOG_TO_SYSLOG:
		return write_syslog(line);
	case LOG_TO_JOURNAL:
		return send_datagram("/run/systemd/journal/socket", SOCK_DGRAM, line->start,
				     line->length);
	default:
		return 0;
	}
}

void log_complain(const char *message)
{
	char buffer[500];
	struct text line;

	text_begin(&line, buffer, sizeof buffer - 1);
	text_put_string(&line, "socktimeout: ");
	text_put_string(&line, message);
	line.capacity = sizeof buffer;
	line.truncated = false;
	text_put_char(&line, '\n');
	(void)write_stderr(config_get(), &line);
}

/* Records are lost: said once, where a bad setting would be. */
COLD static void say_lost(const struct config *config, int error)
{
	static atomic_bool said;
	char buffer[300];
	struct text line;

	if (config->log == LOG_TO_STDERR ||
	    atomic_exchange_explicit(&said, true, memory_order_relaxed))
		return;
	text_begin(&line, buffer, sizeof buffer - 1);
	text_put_string(&line, "socktimeout: SOCKTIMEOUT_LOG: cannot write to ");
	if (config->log == LOG_TO_FILE)
		text_put_escaped(&line, config->log_path, strlen(config->log_path));
	else
		text_put_string(&line, config->log == LOG_TO_SYSLOG ? "syslog" : "journal");
	text_put_string(&line, ": ");
	constants_put(&line, CONSTANTS_ERRNO, error);
	line.capacity = sizeof buffer;
	line.truncated = false;
	text_put_char(&line, '\n');
	(void)write_stderr(config, &line);
}

/* prog[42], or prog[42:43] where that says more: what strace(1) -f shows is the thread. */
static void put_program(struct text *line, const struct record *record)
{
	text_put_escaped(line, record->program, strlen(record->program));
	text_put_char(line, '[');
	text_put_signed(line, record->process);
	if (record->event == RECORD_CALL && record->thread != record->process) {
		text_put_char(line, ':');
		text_put_signed(line, record->thread);
	}
	text_put_string(line, "]: ");
}

/* What RFC 3164 has before a message; the program is the tag, as with syslog(3). */
static void put_syslog_head(struct text *line, const struct record *record)
{
	text_put_char(line, '<');
	text_put_unsigned(line, 8 * SYSLOG_FACILITY + record_severity(record->event));
	text_put_char(line, '>');
	put_program(line, record);
}

/* Room for the newline whatever else is cut off. */
static void put_line(struct text *line, const struct config *config,
		     const struct record *record)
{
	line->capacity--;
	if (config->log == LOG_TO_SYSLOG)
		put_syslog_head(line, record);
	text_put_string(line, "socktimeout: ");
	if (config->log != LOG_TO_SYSLOG)
		put_program(line, record);
	record_put_text(line, record);
	line->capacity++;
	line->truncated = false;
}

/* The object begins behind the head. */
static void put_object(struct text *line, const struct config *config,
		       const struct record *record)
{
	struct text object;

	if (config->log == LOG_TO_SYSLOG)
		put_syslog_head(line, record);
	text_begin(&object, line->start + line->length, line->capacity - line->length);
	record_put_json(&object, record);
	line->length += object.length;
}

bool log_wanted(void)
{
	return config_get()->log != LOG_TO_NOTHING;
}

/* A record into buffer, of RECORD_CAPACITY, and where it belongs. */
static void put_record(char *buffer, const struct config *config, const struct record *record)
{
	struct text line;
	int result;

	text_begin(&line, buffer, RECORD_CAPACITY);
	if (config->log == LOG_TO_JOURNAL)
		record_put_journal(&line, record);
	else if (config->log_format == LOG_AS_JSON)
		put_object(&line, config, record);
	else
		put_line(&line, config, record);
	if (config->log == LOG_TO_STDERR || config->log == LOG_TO_FILE)
		text_put_char(&line, '\n');
	result = take(config, &line);
	if (result < 0)
		say_lost(config, -result);
}

/* The stack may be a handler's own, of 8 KiB (SIGSTKSZ), most of which a line would take: it is made in
 * one of these. What a handler that jumps away, or a fork, leaves taken is not given back. */
#define ROOMS 16
LARGE char log_rooms[ROOMS][RECORD_CAPACITY];
static atomic_bool taken[ROOMS];

static bool take_room(unsigned int *room)
{
	for (*room = 0; *room < ROOMS; ++*room)
		if (!atomic_exchange_explicit(&taken[*room], true, memory_order_acquire))
			return true;
	return false;
}

/* No room is left. */
COLD static void put_on_stack(const struct config *config, const struct record *record)
{
	char buffer[RECORD_CAPACITY];

	put_record(buffer, config, record);
}

void log_put(struct record *record)
{
	const struct config *const config = config_get();
	unsigned int room;

	record->program = config->program;
	record->process = kernel_process();
	record->thread = kernel_thread();
	(void)clock_gettime(CLOCK_REALTIME, &record->time);
	if (take_room(&room)) {
		put_record(log_rooms[room], config, record);
		atomic_store_explicit(&taken[room], false, memory_order_release);
	} else {
		put_on_stack(config, record);
	}
}
