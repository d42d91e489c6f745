/*
 * Composes a line and takes it where SOCKTIMEOUT_LOG says. Cold.
 *
 * Nothing may land in a wrong file: stderr is written only while descriptor 2 is the file that it
 * was at start (a daemon closes it and the number comes back as something else), and never when
 * that is a socket. Files are opened, written and closed for each line, so a rotated log needs no
 * signal.
 */
#include "config.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/text.h"
#include "shim/configuration.h"
#include "shim/describe.h"
#include "shim/kernel.h"
#include "shim/report.h"

#define LINE_CAPACITY 512

/* LOG_USER|LOG_WARNING of RFC 3164: 1 * 8 + 4. */
#define SYSLOG_PRIORITY "<12>"

static void write_stderr(const struct config *config, const struct text *line)
{
	struct stat now;

	if (kernel_status(STDERR_FILENO, &now) == 0 && !S_ISSOCK(now.st_mode) &&
	    now.st_dev == config->stderr_status.st_dev &&
	    now.st_ino == config->stderr_status.st_ino)
		(void)kernel_write_line(STDERR_FILENO, line->start, line->length);
}

static void write_file(const char *path, const struct text *line)
{
	const int fd = kernel_open_append(path);

	if (fd >= 0) {
		(void)kernel_write_line(fd, line->start, line->length);
		kernel_close(fd);
	}
}

/* To the syslog socket as syslog(3) does, without its lock and its time zone: the daemon stamps
 * the line when it comes. Datagrams as a rule; some daemons listen for a stream. */
static void write_syslog(const struct text *line)
{
	struct sockaddr_un where = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	const int types[] = {SOCK_DGRAM, SOCK_STREAM};

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		const int fd = kernel_socket(AF_UNIX, types[i] | SOCK_CLOEXEC | SOCK_NONBLOCK);
		/* A stream's messages end with a NUL, which the text has behind it. */
		const size_t length = line->length + (types[i] == SOCK_STREAM ? 1 : 0);
		ssize_t sent = -1;

		if (fd < 0)
			return;
		if (kernel_connect(fd, (const struct sockaddr *)&where, sizeof where) == 0)
			sent = kernel_send(fd, line->start, length,
					   MSG_NOSIGNAL | MSG_DONTWAIT);
		kernel_close(fd);
		if (sent >= 0)
			return;
	}
}

/* What every line begins with. For syslog the program is the tag, as with syslog(3). */
static void put_head(struct text *line, const struct config *config)
{
	text_put_string(line, config->log == LOG_TO_SYSLOG ? SYSLOG_PRIORITY : "socktimeout: ");
	text_put_escaped(line, config->program, strlen(config->program));
	text_put_char(line, '[');
	text_put_signed(line, kernel_process());
	text_put_string(line, config->log == LOG_TO_SYSLOG ? "]: socktimeout: " : "]: ");
}

/* Room for the newline whatever else is cut off. */
static void report_begin(struct text *line, char buffer[LINE_CAPACITY],
			 const struct config *config)
{
	text_begin(line, buffer, LINE_CAPACITY - 1);
	put_head(line, config);
}

static void put_timed_out(struct text *line, int64_t started)
{
	text_put_string(line, " timed out after ");
	duration_put_seconds(line, clock_now() - started);
}

static void report_end(struct text *line, const struct config *config)
{
	line->capacity = LINE_CAPACITY;
	line->truncated = false;
	if (config->log != LOG_TO_SYSLOG)
		text_put_char(line, '\n');
	switch (config->log) {
	case LOG_TO_STDERR:
		write_stderr(config, line);
		break;
	case LOG_TO_FILE:
		write_file(config->log_path, line);
		break;
	case LOG_TO_SYSLOG:
		write_syslog(line);
		break;
	default:
		break;
	}
}

void report_timeout(const struct gate *gate)
{
	const struct config *config = config_get();
	char buffer[LINE_CAPACITY];
	struct text line;

	if (config->log == LOG_TO_NOTHING)
		return;
	report_begin(&line, buffer, config);
	describe_call(&line, gate);
	put_timed_out(&line, gate->started);
	if (gate->progress != 0) {
		text_put_string(&line, ", ");
		text_put_unsigned(&line, gate->progress);
		text_put_string(&line, " done");
	}
	report_end(&line, config);
}

void report_lookup(enum call call, const struct text *subject, int64_t started)
{
	const struct config *config = config_get();
	char buffer[LINE_CAPACITY];
	struct text line;

	if (config->log == LOG_TO_NOTHING)
		return;
	report_begin(&line, buffer, config);
	text_put_string(&line, call_name(call));
	text_put_char(&line, '(');
	text_put_bytes(&line, subject->start, subject->length);
	text_put_string(&line, subject->truncated ? "...)" : ")");
	put_timed_out(&line, started);
	report_end(&line, config);
}

void report_deepbind(const char *path)
{
	static atomic_bool reported;
	const struct config *config = config_get();
	char buffer[LINE_CAPACITY];
	struct text line;

	if (config->log == LOG_TO_NOTHING ||
	    atomic_exchange_explicit(&reported, true, memory_order_relaxed))
		return;
	report_begin(&line, buffer, config);
	text_put_string(&line, "dlopen(");
	if (path == NULL)
		text_put_string(&line, "NULL");
	else
		text_put_escaped(&line, path, strlen(path));
	text_put_string(&line, ") without RTLD_DEEPBIND, so that what it loads is bounded too");
	report_end(&line, config);
}
