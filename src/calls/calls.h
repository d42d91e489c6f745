/*
 * The wrapped calls as an enumeration, as prototypes of the wrappers, and by name. Made from
 * calls.def. Constant; any path.
 *
 * A wrapper is written as wrap_recv and exported as recv: libc's headers declare these functions
 * with transparent unions, fortified inline versions and renamings of their own, so the C name
 * and the linker's are kept apart.
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

/* <netdb.h> and <resolv.h> define too many macros. */
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

/* Give the wrapper of `target` its other name too; in the file that defines it. */
#define CALL_ALIAS(name, target)                                                               \
	extern __typeof__(wrap_##target) wrap_##name __attribute__((alias(#target)))

/* The name of call, "recv"; "?" for what is none. Async-signal-safe. */
const char *call_name(enum call call);
/* It is poll or one of its kin, which wait for others. */
bool call_waits(enum call call);

#endif
