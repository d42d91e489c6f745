/*
 * dlopen and dlmopen. With RTLD_DEEPBIND a library looks up its functions in itself and in its
 * dependencies first, libc among them, and so misses every preloaded library (PHP's extensions are
 * loaded that way). The flag is removed, unless SOCKTIMEOUT_DEEPBIND=keep. Cold; not
 * async-signal-safe, as loading is not.
 *
 * The real functions find the caller from their return address: the caller's DT_RUNPATH is searched,
 * and the library is loaded into the caller's namespace (glibc dlfcn/dlopen.c: RETURN_ADDRESS). So
 * the wrappers jump to the real functions, and the address on the stack stays the program's. For
 * the same reason a call is logged before the call, without a result.
 */
#include "config.h"

#include <dlfcn.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/config/configuration.h"
#include "shim/log/report.h"
#include "shim/start.h"
#include "shim/log/traced.h"

/* musl has no such flag. */
#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0
#endif

/* A jump also in a build without optimization. */
#ifdef __clang__
#define JUMPS
#define JUMP __attribute__((musttail)) return
#else
#define JUMPS __attribute__((optimize("O2", "no-stack-protector")))
#define JUMP  return
#endif

static int without_deepbind(const char *path, int mode)
{
	const struct config *config;

	start_early();
	config = config_get();
	if ((mode & RTLD_DEEPBIND) == 0 || !config->active || config->keeps_deepbind)
		return mode;
	report_deepbind(path);
	return mode & ~RTLD_DEEPBIND;
}

COLD static void log_dlopen(const char *path, int mode)
{
	const struct traced traced = TRACED(dlopen, ARGUMENT(path), ARGUMENT(mode));

	traced_report_begin(&traced);
}

#ifdef HAVE_GLIBC
COLD static void log_dlmopen(Lmid_t space, const char *path, int mode)
{
	const struct traced traced =
		TRACED(dlmopen, ARGUMENT(space), ARGUMENT(path), ARGUMENT(mode));

	traced_report_begin(&traced);
}
#endif

JUMPS void *wrap_dlopen(const char *path, int mode)
{
	call_dlopen_function *const real = REAL(dlopen);

	real_resolve_late();
	if (traced_wanted())
		log_dlopen(path, mode);
	mode = without_deepbind(path, mode);
	JUMP real(path, mode);
}

/* Another namespace has a libc of its own, without wrappers. */
#ifdef HAVE_GLIBC
JUMPS void *wrap_dlmopen(Lmid_t space, const char *path, int mode)
{
	call_dlmopen_function *const real = REAL(dlmopen);

	real_resolve_late();
	if (traced_wanted())
		log_dlmopen(space, path, mode);
	if (space == LM_ID_BASE)
		mode = without_deepbind(path, mode);
	JUMP real(space, path, mode);
}
#endif
