/*
 * Parses the lines of fdinfo for an epoll descriptor (fs/eventpoll.c: ep_show_fdinfo):
 *
 *     tfd:       13 events:       19 data:                d  pos:0 ino:5b1 sdev:8
 *
 * Cold.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "calls/real.h"
#include "shim/fd/fd.h"
#include "shim/system/kernel.h"
#include "shim/wait/epollset.h"

bool epollset_open(struct epollset_reader *reader, int set)
{
	char path[64];
	struct text text;

	/* /proc/self is the first thread, which may have ended. */
	text_begin(&text, path, sizeof path);
	text_put_string(&text, "/proc/thread-self/fdinfo/");
	text_put_signed(&text, set);
	reader->length = reader->used = 0;
	kernel_block_signals(&reader->signals);
	reader->file = kernel_open_read(path);
	if (reader->file < 0)
		kernel_restore_signals(&reader->signals);
	return reader->file >= 0;
}

void epollset_close(struct epollset_reader *reader)
{
	kernel_close(reader->file);
	kernel_restore_signals(&reader->signals);
}

/* The next line without its newline, or NULL. No member's line is longer than the buffer. */
static const char *next_line(struct epollset_reader *reader)
{
	for (;;) {
		char *const start = reader->buffer + reader->used;
		char *const end = memchr(start, '\n', reader->length - reader->used);
		ssize_t n;

		if (end != NULL) {
			*end = '\0';
			reader->used = (size_t)(end - reader->buffer) + 1;
			return start;
		}
		reader->length -= reader->used;
		memmove(reader->buffer, start, reader->length);
		reader->used = 0;
		if (reader->length == sizeof reader->buffer)
			return NULL;
		n = kernel_read(reader->file, reader->buffer + reader->length,
				sizeof reader->buffer - reader->length);
		if (n <= 0)
			return NULL;
		reader->length += (size_t)n;
	}
}

/* Read the number behind label in line; base is 10 or 16. False where there is none. */
static bool field(const char *line, const char *label, unsigned int base, uint64_t *value)
{
	const char *at = strstr(line, label);
	bool any = false;

	if (at == NULL)
		return false;
	at += strlen(label);
	while (*at == ' ')
		at++;
	for (*value = 0;; at++) {
		unsigned int digit;

		if (*at >= '0' && *at <= '9')
			digit = (unsigned int)(*at - '0');
		else if (*at >= 'a' && *at <= 'f')
			digit = (unsigned int)(*at - 'a') + 10;
		else
			return any;
		if (digit >= base)
			return any;
		*value = *value * base + digit;
		any = true;
	}
}

bool epollset_next(struct epollset_reader *reader, struct epollset_member *member)
{
	const char *line;

	while ((line = next_line(reader)) != NULL) {
		uint64_t fd, events, data, inode;

		if (strncmp(line, "tfd:", 4) == 0 && field(line, "tfd:", 10, &fd) &&
		    field(line, "events:", 16, &events) && field(line, "data:", 16, &data) &&
		    field(line, "ino:", 16, &inode)) {
			member->fd = (int)fd;
			member->events = (uint32_t)events;
			member->data = data;
			member->inode = (ino_t)inode;
			return true;
		}
	}
	return false;
}

/* The word is the number of the set, and the events. */
#define SET_SHIFT 32

void epollset_remember(int set, int fd, uint32_t events)
{
	if (fd_has_entry(fd))
		atomic_store_explicit(&fd_entries[fd].asked,
				      (uint64_t)(uint32_t)set << SET_SHIFT | events,
				      memory_order_relaxed);
}

uint32_t epollset_asked(int set, int fd, uint32_t events)
{
	const uint64_t word = fd_has_entry(fd) ? atomic_load_explicit(&fd_entries[fd].asked,
								      memory_order_relaxed)
					       : 0;

	return (uint32_t)word != 0 && word >> SET_SHIFT == (uint32_t)set ? (uint32_t)word
									 : events;
}

void epollset_change(int set, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};
	const int saved_errno = errno;

	/* EPOLL_CTL_MOD refuses EPOLLEXCLUSIVE (fs/eventpoll.c: do_epoll_ctl). */
	if ((events & EPOLLEXCLUSIVE) == 0)
		(void)REAL(epoll_ctl)(set, EPOLL_CTL_MOD, fd, &event);
	else if (REAL(epoll_ctl)(set, EPOLL_CTL_DEL, fd, &event) == 0)
		(void)REAL(epoll_ctl)(set, EPOLL_CTL_ADD, fd, &event);
	errno = saved_errno;
}
