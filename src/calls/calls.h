/*
 * The wrapped calls: their enumeration, the prototypes of the wrappers, and their names. Made from
 * calls.def. Constant; may be hot.
 *
 * A wrapper has the C name wrap_recv and the exported name recv. The C names must differ from those
 * of libc, because libc's headers declare these functions with transparent unions, fortified inline
 * versions and renamings.
 */
#ifndef CALLS_CALLS_H
#define CALLS_CALLS_H

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <wchar.h>

#include "base/attributes.h"
#include "calls/time64.h"

/* Declared here, because <netdb.h> and <resolv.h> define too many macros. */
struct addrinfo;
struct hostent;
struct __res_state;

#define CALL(operation, type, name, parameters) CALL_##name,
#define ALIAS(operation, name, target)
enum call {
#include "calls/calls.def"
	CALL_COUNT
};
#undef CALL
#undef ALIAS

#define CALL(operation, type, name, parameters)                                                \
	typedef type call_##name##_function parameters;                                        \
	EXPORT type wrap_##name parameters __asm__(#name);
#define ALIAS(operation, name, target)                                                         \
	EXPORT extern __typeof__(wrap_##target) wrap_##name __asm__(#name);
#include "calls/calls.def"
#undef CALL
#undef ALIAS

/* Export the wrapper of `target` by another name, too; in the file that defines the wrapper. */
#define CALL_ALIAS(name, target)                                                               \
	extern __typeof__(wrap_##target) wrap_##name __attribute__((alias(#target)))

/* The name of call, such as "recv"; "?" if the value is not a call. Async-signal-safe. */
const char *call_name(enum call call);
/* The call is a readiness wait: poll, select, epoll_wait and variants. */
bool call_waits(enum call call);

#endif
