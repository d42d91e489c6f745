/*
 * dlopen and dlmopen: RTLD_DEEPBIND makes a library look for its functions in itself and what it
 * needs first, libc among it, and so past every preloaded library (PHP's extensions are loaded
 * that way). It is taken away, unless SOCKTIMEOUT_DEEPBIND=keep. Cold.
 *
 * The real functions take the caller from their return address: its DT_RUNPATH is searched and its
 * namespace loaded into (glibc dlfcn/dlopen.c: RETURN_ADDRESS). So they are jumped to, never
 * called: the address on the stack must stay the program's.
 */
#include "config.h"

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/configuration.h"
#include "shim/report.h"

/* Also in a build without optimization. */
#ifdef __clang__
#define JUMPS
#define JUMP __attribute__((musttail)) return
#else
#define JUMPS __attribute__((optimize("O2", "no-stack-protector")))
#define JUMP  return
#endif

static int without_deepbind(const char *path, int mode)
{
	const struct config *config = config_get();

	if ((mode & RTLD_DEEPBIND) == 0 || !config->active || config->keeps_deepbind)
		return mode;
	report_deepbind(path);
	return mode & ~RTLD_DEEPBIND;
}

JUMPS void *wrap_dlopen(const char *path, int mode)
{
	call_dlopen_function *const real = REAL(dlopen);

	real_resolve_late();
	mode = without_deepbind(path, mode);
	JUMP real(path, mode);
}

/* In another namespace there are other functions and none of ours. */
JUMPS void *wrap_dlmopen(Lmid_t space, const char *path, int mode)
{
	call_dlmopen_function *const real = REAL(dlmopen);

	real_resolve_late();
	if (space == LM_ID_BASE)
		mode = without_deepbind(path, mode);
	JUMP real(space, path, mode);
}
