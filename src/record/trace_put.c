/*
 * Prints the arguments and the result of a call by their kinds (record/trace_rows.h). Cold; owns no
 * state.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/attributes.h"
#include "constants/constants.h"
#include "record/trace.h"
#include "record/trace_names.h"
#include "record/trace_rows.h"
#include "record/trace_values.h"

#define ARGUMENTS_MOST 8

struct row {
	unsigned char result;
	unsigned char kinds[ARGUMENTS_MOST];
};

#define CALL(operation, type, name, parameters) [CALL_##name] = TRACE_##name,
#define ALIAS(operation, name, target)
/* A call without a row does not compile, nor does a row with too many arguments. */
#define ROW(outcome, ...)                                                                      \
	{                                                                                      \
		.result = (outcome), .kinds = { __VA_ARGS__ }                                  \
	}
static const struct row rows[CALL_COUNT] = {
#include "calls/calls.def"
};
#undef CALL
#undef ALIAS
#undef ROW

/* The argument that is being printed. */
struct argument {
	struct text *text;
	const struct trace *trace;
	unsigned int index;
};

/* The value of an argument; 0 if unknown. */
static uintptr_t at(const struct trace *trace, unsigned int index)
{
	return index < trace->count ? trace->arguments[index] : 0;
}

static uintptr_t value_of(const struct argument *argument)
{
	return at(argument->trace, argument->index);
}

static uintptr_t value_after(const struct argument *argument)
{
	return at(argument->trace, argument->index + 1);
}

static uintptr_t value_before(const struct argument *argument)
{
	return argument->index == 0 ? 0 : at(argument->trace, argument->index - 1);
}

static const void *pointer(uintptr_t value)
{
	return (const void *)value;
}

static bool failed(const struct trace *trace)
{
	switch ((enum trace_result)rows[trace->call].result) {
	case R_ERRNO:
	case R_HANDLER:
		return trace->result == -1;
	case R_OPENED:
	case R_POINTER:
		return trace->result == 0;
	case R_EAI:
	case R_RETURNED:
		return (int)trace->result != 0;
	default:
		return false;
	}
}

/* The number of elements that the call has filled in. */
static size_t done(const struct trace *trace)
{
	return trace->result > 0 ? (size_t)trace->result : 0;
}

/* The length that the kernel has stored; 0 if it has stored none. */
static size_t length_at(const struct argument *argument)
{
	const void *const length = pointer(value_after(argument));
	socklen_t copy;

	if (failed(argument->trace) || length == NULL ||
	    !argument->trace->peek(&copy, length, sizeof copy))
		return 0;
	return copy;
}

static void put_address_out(const struct argument *argument)
{
	values_put_address(argument->text, argument->trace->peek, pointer(value_of(argument)),
			   length_at(argument));
}

static void put_protocol(const struct argument *argument)
{
	const int family = (int)at(argument->trace, 0);

	if (family == AF_INET || family == AF_INET6)
		constants_put(argument->text, CONSTANTS_IPPROTO, (int)value_of(argument));
	else
		text_put_signed(argument->text, (int)value_of(argument));
}

static void put_option_value(const struct argument *argument, size_t length)
{
	values_put_option(argument->text, argument->trace->peek, (int)at(argument->trace, 1),
			  (int)at(argument->trace, 2), pointer(value_of(argument)), length);
}

static void put_fcntl_argument(const struct argument *argument)
{
	const long value = (long)value_of(argument);

	switch ((int)value_before(argument)) {
	case F_SETFL:
		names_put_flags(argument->text, NAMES_OPEN, (unsigned int)value);
		break;
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
	case F_SETFD:
	case F_SETOWN:
	case F_SETSIG:
	case F_SETPIPE_SZ:
	case F_ADD_SEALS:
		text_put_signed(argument->text, (int)value);
		break;
	default:
		values_put_pointer(argument->text, pointer((uintptr_t)value));
		break;
	}
}

/* Put a number or a constant of the socket API; false if kind is another. */
static bool put_plain(const struct argument *argument, enum trace_kind kind)
{
	struct text *const text = argument->text;
	const uintptr_t value = value_of(argument);

	switch (kind) {
	case T_FD:
	case T_INT:
		text_put_signed(text, (intptr_t)value);
		break;
	case T_UNSIGNED:
		text_put_unsigned(text, value);
		break;
	case T_POINTER:
		values_put_pointer(text, pointer(value));
		break;
	case T_FAMILY:
		constants_put(text, CONSTANTS_AF, (int)value);
		break;
	case T_TYPE:
		constants_put_socket_type(text, (int)value);
		break;
	case T_PROTOCOL:
		put_protocol(argument);
		break;
	case T_FLAGS:
		constants_put_flags(text, CONSTANTS_SOCK_FLAGS, (unsigned int)value);
		break;
	case T_MSG:
		constants_put_flags(text, CONSTANTS_MSG, (unsigned int)value);
		break;
	case T_NI:
		constants_put_flags(text, CONSTANTS_NI, (unsigned int)value);
		break;
	case T_LEVEL:
		constants_put(text, CONSTANTS_SOL, (int)value);
		break;
	case T_OPTION:
		values_put_option_name(text, (int)value_before(argument), (int)value);
		break;
	case T_HANDLER:
		values_put_handler(text, value);
		break;
	case T_MORE:
		text_put_string(text, "...");
		break;
	default:
		return false;
	}
	return true;
}

/* Put another constant; false if kind is another. */
static bool put_named(const struct argument *argument, enum trace_kind kind)
{
	struct text *const text = argument->text;
	const unsigned int value = (unsigned int)value_of(argument);

	switch (kind) {
	case T_SPLICE:
		names_put_flags(text, NAMES_SPLICE, value);
		break;
	case T_EPOLL:
		names_put(text, NAMES_CTL, value);
		break;
	case T_OPEN:
		names_put_flags(text, NAMES_OPEN, value);
		break;
	case T_FCNTL:
		names_put(text, NAMES_FCNTL, value);
		break;
	case T_FCNTL_ARGUMENT:
		put_fcntl_argument(argument);
		break;
	case T_IOCTL:
		names_put(text, NAMES_IOCTL, value);
		break;
	case T_RANGE:
		names_put_flags(text, NAMES_RANGE, value);
		break;
	case T_SIGNAL:
		names_put(text, NAMES_SIGNAL, value);
		break;
	case T_RTLD:
		names_put_flags(text, NAMES_RTLD, value);
		break;
	default:
		return false;
	}
	return true;
}

/* Put the target of a pointer. */
static void put_pointed(const struct argument *argument, enum trace_kind kind)
{
	struct text *const text = argument->text;
	trace_peek *const peek = argument->trace->peek;
	const void *const value = pointer(value_of(argument));
	const size_t after = value_after(argument);

	switch (kind) {
	case T_STRING:
		values_put_string(text, peek, value);
		break;
	case T_ADDRESS:
		values_put_address(text, peek, value, after);
		break;
	case T_ADDRESS_OUT:
		put_address_out(argument);
		break;
	case T_LENGTH_OUT:
		values_put_length(text, peek, value);
		break;
	case T_MESSAGE:
		values_put_message(text, peek, value);
		break;
	case T_MESSAGES:
		values_put_messages(text, peek, value, after, done(argument->trace));
		break;
	case T_VECTOR:
		values_put_vector(text, peek, value, after);
		break;
	case T_OFFSET:
		values_put_offset(text, peek, value);
		break;
	case T_POLLFDS:
		values_put_pollfds(text, peek, value, after);
		break;
	case T_SET:
		values_put_set(text, peek, value, (int)at(argument->trace, 0));
		break;
	case T_TIMEVAL:
		values_put_timeval(text, peek, value);
		break;
	case T_TIMESPEC:
		values_put_timespec(text, peek, value);
		break;
	case T_EVENTS_OUT:
		values_put_events(text, peek, value, done(argument->trace));
		break;
	case T_EVENT:
		values_put_events(text, peek, value, 1);
		break;
	case T_HINTS:
		values_put_hints(text, peek, value);
		break;
	case T_PAIR:
		values_put_pair(text, peek, failed(argument->trace) ? NULL : value);
		break;
	case T_VALUE:
		put_option_value(argument, after);
		break;
	case T_VALUE_OUT:
		put_option_value(argument, length_at(argument));
		break;
	default:
		values_put_pointer(text, value);
		break;
	}
}

/* The argument exists: some commands of fcntl(2) take none. */
static bool is_there(const struct argument *argument, enum trace_kind kind)
{
	if (kind == T_FCNTL_ARGUMENT)
		switch ((int)value_before(argument)) {
		case F_GETFD:
		case F_GETFL:
		case F_GETOWN:
		case F_GETSIG:
		case F_GETPIPE_SZ:
		case F_GET_SEALS:
			return false;
		default:
			break;
		}
	return kind != T_END;
}

void trace_put_arguments(struct text *text, const struct trace *trace)
{
	const unsigned char *const kinds = rows[trace->call].kinds;
	struct argument argument = {.text = text, .trace = trace};

	for (; argument.index < ARGUMENTS_MOST; argument.index++) {
		const enum trace_kind kind = (enum trace_kind)kinds[argument.index];

		if (!is_there(&argument, kind))
			break;
		if (argument.index != 0)
			text_put_string(text, ", ");
		if (!put_plain(&argument, kind) && !put_named(&argument, kind))
			put_pointed(&argument, kind);
	}
}

void trace_put_result(struct text *text, const struct trace *trace)
{
	switch ((enum trace_result)rows[trace->call].result) {
	case R_VOID:
		text_put_char(text, '?');
		break;
	case R_HANDLER:
		if (trace->result == -1)
			text_put_string(text, "SIG_ERR");
		else
			values_put_handler(text, (uintptr_t)trace->result);
		break;
	case R_POINTER:
	case R_OPENED:
		values_put_pointer(text, pointer((uintptr_t)trace->result));
		break;
	default:
		text_put_signed(text, trace->result);
		break;
	}
}

const char *trace_error(const struct trace *trace)
{
	if (!failed(trace))
		return NULL;
	switch ((enum trace_result)rows[trace->call].result) {
	case R_EAI:
		return constants_name(CONSTANTS_EAI, (int)trace->result);
	case R_RETURNED:
		return constants_name(CONSTANTS_ERRNO, (int)trace->result);
	case R_POINTER:
		return NULL;
	default:
		return constants_name(CONSTANTS_ERRNO, trace->error);
	}
}
