/*
 * Prints structures (trace_values.h). Each structure is copied first, because it may be unreadable.
 * Cold; owns no state.
 */
#include "config.h"

#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

#include "base/address.h"
#include "constants/constants.h"
#include "record/trace_names.h"
#include "record/trace_values.h"

/* The number of elements of an array that are printed. */
#define SHOWN 8
/* The number of bytes of a string that are printed. */
#define STRING_SHOWN 80
/* The smallest page size: readable memory ends at a page boundary. */
#define PAGE 4096

void values_put_pointer(struct text *text, const void *pointer)
{
	if (pointer == NULL)
		text_put_string(text, "NULL");
	else
		text_put_hex(text, (uintptr_t)pointer);
}

bool values_take(struct text *text, trace_peek *peek, void *copy, const void *pointer,
		 size_t size)
{
	if (pointer != NULL && peek(copy, pointer, size))
		return true;
	values_put_pointer(text, pointer);
	return false;
}

/* Copy the bytes up to the NUL, at most STRING_SHOWN + 1; -1 if the string cannot be read. */
static int take_string(trace_peek *peek, char copy[STRING_SHOWN + 1], const char *string)
{
	size_t count = 0;

	while (count <= STRING_SHOWN) {
		size_t step = PAGE - ((uintptr_t)string + count) % PAGE;
		size_t length;

		if (step > STRING_SHOWN + 1 - count)
			step = STRING_SHOWN + 1 - count;
		if (!peek(copy + count, string + count, step))
			return -1;
		length = strnlen(copy + count, step);
		count += length;
		if (length < step)
			break;
	}
	return (int)count;
}

void values_put_string(struct text *text, trace_peek *peek, const char *string)
{
	char copy[STRING_SHOWN + 1];
	const int length = string == NULL ? -1 : take_string(peek, copy, string);

	if (length < 0) {
		values_put_pointer(text, string);
		return;
	}
	text_put_char(text, '"');
	text_put_escaped(text, copy, length > STRING_SHOWN ? STRING_SHOWN : (size_t)length);
	text_put_string(text, length > STRING_SHOWN ? "\"..." : "\"");
}

void values_put_address(struct text *text, trace_peek *peek, const void *address, size_t length)
{
	struct sockaddr_storage copy;
	const struct sockaddr *const any = (const struct sockaddr *)&copy;
	size_t before;

	if (length > sizeof copy)
		length = sizeof copy;
	if (length < sizeof copy.ss_family || !peek(&copy, address, length)) {
		values_put_pointer(text, address);
		return;
	}
	before = text->length;
	address_put(text, any, (socklen_t)length);
	if (text->length == before)
		constants_put(text, CONSTANTS_AF, any->sa_family);
}

void values_put_length(struct text *text, trace_peek *peek, const void *length)
{
	socklen_t copy;

	if (!values_take(text, peek, &copy, length, sizeof copy))
		return;
	text_put_char(text, '[');
	text_put_unsigned(text, copy);
	text_put_char(text, ']');
}

void values_put_offset(struct text *text, trace_peek *peek, const void *offset)
{
	off_t copy;

	if (!values_take(text, peek, &copy, offset, sizeof copy))
		return;
	text_put_char(text, '[');
	text_put_signed(text, copy);
	text_put_char(text, ']');
}

void values_put_pair(struct text *text, trace_peek *peek, const void *pair)
{
	int copy[2];

	if (!values_take(text, peek, copy, pair, sizeof copy))
		return;
	text_put_char(text, '[');
	text_put_signed(text, copy[0]);
	text_put_string(text, ", ");
	text_put_signed(text, copy[1]);
	text_put_char(text, ']');
}

static void put_time(struct text *text, int64_t seconds, const char *name, int64_t rest)
{
	text_put_string(text, "{tv_sec=");
	text_put_signed(text, seconds);
	text_put_string(text, name);
	text_put_signed(text, rest);
	text_put_char(text, '}');
}

void values_put_timeval(struct text *text, trace_peek *peek, const void *time)
{
	struct timeval copy;

	if (values_take(text, peek, &copy, time, sizeof copy))
		put_time(text, copy.tv_sec, ", tv_usec=", copy.tv_usec);
}

void values_put_timespec(struct text *text, trace_peek *peek, const void *time)
{
	struct timespec copy;

	if (values_take(text, peek, &copy, time, sizeof copy))
		put_time(text, copy.tv_sec, ", tv_nsec=", copy.tv_nsec);
}

/* Put the separator before element i of count; false at the end. */
static bool element(struct text *text, size_t i, size_t count)
{
	if (i == count)
		return false;
	if (i != 0)
		text_put_string(text, ", ");
	if (i == SHOWN)
		text_put_string(text, "...");
	return i < SHOWN;
}

/* The lengths of the buffers: [4, 1024] */
void values_put_vector(struct text *text, trace_peek *peek, const void *vector, size_t count)
{
	const struct iovec *const vectors = vector;
	struct iovec copy[SHOWN];

	if (!values_take(text, peek, copy, vectors,
			 (count < SHOWN ? count : SHOWN) * sizeof *vectors))
		return;
	text_put_char(text, '[');
	for (size_t i = 0; element(text, i, count); i++)
		text_put_unsigned(text, copy[i].iov_len);
	text_put_char(text, ']');
}

static void put_header(struct text *text, trace_peek *peek, const struct msghdr *header)
{
	text_put_char(text, '{');
	if (header->msg_name != NULL) {
		text_put_string(text, "msg_name=");
		values_put_address(text, peek, header->msg_name, header->msg_namelen);
		text_put_string(text, ", ");
	}
	text_put_string(text, "msg_iov=");
	values_put_vector(text, peek, header->msg_iov, (size_t)header->msg_iovlen);
	if (header->msg_control != NULL) {
		text_put_string(text, ", msg_controllen=");
		text_put_unsigned(text, header->msg_controllen);
	}
	if (header->msg_flags != 0) {
		text_put_string(text, ", msg_flags=");
		constants_put_flags(text, CONSTANTS_MSG, (unsigned int)header->msg_flags);
	}
	text_put_char(text, '}');
}

void values_put_message(struct text *text, trace_peek *peek, const void *message)
{
	struct msghdr copy;

	if (values_take(text, peek, &copy, message, sizeof copy))
		put_header(text, peek, &copy);
}

void values_put_messages(struct text *text, trace_peek *peek, const void *messages,
			 size_t count, size_t done)
{
	const struct mmsghdr *const all = messages;
	struct mmsghdr copy;

	if (count == 0 || !peek(&copy, all, sizeof copy)) {
		values_put_pointer(text, messages);
		return;
	}
	text_put_char(text, '[');
	for (size_t i = 0; element(text, i, count); i++) {
		if (!values_take(text, peek, &copy, all + i, sizeof copy))
			continue;
		put_header(text, peek, &copy.msg_hdr);
		if (i < done) {
			text_put_char(text, '=');
			text_put_unsigned(text, copy.msg_len);
		}
	}
	text_put_char(text, ']');
}

void values_put_pollfds(struct text *text, trace_peek *peek, const void *descriptors,
			size_t count)
{
	const struct pollfd *const all = descriptors;
	struct pollfd copy[SHOWN];

	if (!values_take(text, peek, copy, all, (count < SHOWN ? count : SHOWN) * sizeof *all))
		return;
	text_put_char(text, '[');
	for (size_t i = 0; element(text, i, count); i++) {
		text_put_string(text, "{fd=");
		text_put_signed(text, copy[i].fd);
		text_put_string(text, ", events=");
		names_put_flags(text, NAMES_POLL, (unsigned short)copy[i].events);
		if (copy[i].revents != 0) {
			text_put_string(text, ", revents=");
			names_put_flags(text, NAMES_POLL, (unsigned short)copy[i].revents);
		}
		text_put_char(text, '}');
	}
	text_put_char(text, ']');
}

/* The descriptors in the set: [3 5] */
void values_put_set(struct text *text, trace_peek *peek, const void *set, int count)
{
	const unsigned long *const words = set;
	const int bits = 8 * (int)sizeof *words;
	unsigned long word = 0;
	int shown = 0;

	if (count <= 0 || set == NULL || !peek(&word, words, sizeof word)) {
		values_put_pointer(text, set);
		return;
	}
	text_put_char(text, '[');
	for (int fd = 0; fd < count; fd++) {
		if (fd % bits == 0 && !peek(&word, words + fd / bits, sizeof word))
			break;
		if ((word >> (fd % bits) & 1) == 0)
			continue;
		text_put_string(text, shown++ == 0 ? "" : " ");
		if (shown > SHOWN) {
			text_put_string(text, "...");
			break;
		}
		text_put_signed(text, fd);
	}
	text_put_char(text, ']');
}

void values_put_events(struct text *text, trace_peek *peek, const void *events, size_t count)
{
	const struct epoll_event *const all = events;
	struct epoll_event copy[SHOWN];

	if (!values_take(text, peek, copy, all, (count < SHOWN ? count : SHOWN) * sizeof *all))
		return;
	text_put_char(text, '[');
	for (size_t i = 0; element(text, i, count); i++) {
		text_put_string(text, "{events=");
		names_put_flags(text, NAMES_EPOLL, copy[i].events);
		text_put_string(text, ", data=");
		text_put_hex(text, copy[i].data.u64);
		text_put_char(text, '}');
	}
	text_put_char(text, ']');
}

void values_put_hints(struct text *text, trace_peek *peek, const void *hints)
{
	struct addrinfo copy;

	if (!values_take(text, peek, &copy, hints, sizeof copy))
		return;
	text_put_string(text, "{ai_flags=");
	constants_put_flags(text, CONSTANTS_AI, (unsigned int)copy.ai_flags);
	text_put_string(text, ", ai_family=");
	constants_put(text, CONSTANTS_AF, copy.ai_family);
	text_put_string(text, ", ai_socktype=");
	constants_put_socket_type(text, copy.ai_socktype);
	text_put_string(text, ", ai_protocol=");
	constants_put(text, CONSTANTS_IPPROTO, copy.ai_protocol);
	text_put_char(text, '}');
}

void values_put_handler(struct text *text, uintptr_t handler)
{
	if (handler == (uintptr_t)SIG_DFL)
		text_put_string(text, "SIG_DFL");
	else if (handler == (uintptr_t)SIG_IGN)
		text_put_string(text, "SIG_IGN");
	else
		text_put_hex(text, handler);
}
