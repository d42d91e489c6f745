/*
 * dlopen and dlmopen: RTLD_DEEPBIND makes a library look for its functions in itself and what it
 * needs first, libc among it, and so past every preloaded library (PHP's extensions are loaded
 * that way). It is taken away, unless SOCKTIMEOUT_DEEPBIND=keep. Cold; not async-signal-safe, as
 * loading is not.
 *
 * The real functions take the caller from their return address: its DT_RUNPATH is searched and its
 * namespace loaded into (glibc dlfcn/dlopen.c: RETURN_ADDRESS). So they are jumped to: the address on
 * the stack must stay the program's. Only where a call is to be printed with what it gave, and a call
 * of ours is looked for in the same places, is it made from here.
 */
#include "config.h"

#include <link.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/real.h"
#include "shim/io/attention.h"
#include "shim/config/configuration.h"
#include "shim/log/report.h"

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

/* What the linker would know of the caller. */
struct caller {
	const void *address;
	bool known; /* it is in an object */
	bool looks; /* … which has a DT_RUNPATH, or wants none of the system's directories */
	bool rpath; /* some object has a DT_RPATH, which is for all that it loads, and they load */
};

static void look_at_tags(const ElfW(Dyn) * tag, bool inside, struct caller *caller)
{
	for (; tag->d_tag != DT_NULL; tag++)
		if (tag->d_tag == DT_RPATH)
			caller->rpath = true;
		else if (inside &&
			 (tag->d_tag == DT_RUNPATH ||
			  (tag->d_tag == DT_FLAGS_1 && (tag->d_un.d_val & DF_1_NODEFLIB) != 0)))
			caller->looks = true;
}

static int look_at(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct caller *const caller = argument;
	const ElfW(Dyn) *tags = NULL;
	bool inside = false;

	(void)size;
	for (unsigned int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *const part = &object->dlpi_phdr[i];
		const uintptr_t start = object->dlpi_addr + part->p_vaddr;

		if (part->p_type == PT_LOAD &&
		    (uintptr_t)caller->address - start < part->p_memsz)
			inside = true;
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): as it is given. */
		if (part->p_type == PT_DYNAMIC)
			tags = (const void *)start;
	}
	caller->known = caller->known || inside;
	if (tags != NULL)
		look_at_tags(tags, inside, caller);
	return 0;
}

/* Whether what the caller loads is found, and finds what it needs, where it would if we loaded it
 * (ld.so(8); glibc elf/dl-load.c: _dl_map_object). A `$` stands for what the caller is. */
static bool is_found_alike(const char *path, const void *address)
{
	struct caller caller = {.address = address};

	if (path == NULL)
		return true;
	if (strchr(path, '$') != NULL)
		return false;
	(void)dl_iterate_phdr(look_at, &caller);
	return caller.known && !caller.rpath && (!caller.looks || strchr(path, '/') != NULL);
}

/* What is printed is what the program gave. Made here, or only told that it comes. */
#define SEEN(function, is_made, made, ...)                                                     \
	do {                                                                                   \
		struct attention attention =                                                   \
			ATTENTION_FOR(function, OPERATION_COUNT, NULL, -1, 0, __VA_ARGS__);    \
		void *handle = NULL;                                                           \
		if (is_made)                                                                   \
			ATTEND(handle, &attention, made);                                      \
		else                                                                           \
			report_call_begins(&attention);                                        \
		return handle;                                                                 \
	} while (0)

COLD static void *dlopen_seen(const char *path, int mode, int given, bool here)
{
	SEEN(dlopen, here, REAL(dlopen)(path, mode), ARGUMENT(path), ARGUMENT(given));
}

JUMPS void *wrap_dlopen(const char *path, int mode)
{
	call_dlopen_function *const real = REAL(dlopen);
	const int given = mode;

	real_resolve_late();
	mode = without_deepbind(path, mode);
	if (attention_due(CALL_dlopen)) {
		const bool here = is_found_alike(path, __builtin_return_address(0));
		void *const handle = dlopen_seen(path, mode, given, here);

		if (here)
			return handle;
	}
	JUMP real(path, mode);
}

COLD static void *dlmopen_seen(Lmid_t space, const char *path, int mode, int given, bool here)
{
	SEEN(dlmopen, here, REAL(dlmopen)(space, path, mode), ARGUMENT(space), ARGUMENT(path),
	     ARGUMENT(given));
}

/* In another namespace there are other functions and none of ours. */
JUMPS void *wrap_dlmopen(Lmid_t space, const char *path, int mode)
{
	call_dlmopen_function *const real = REAL(dlmopen);
	const int given = mode;

	real_resolve_late();
	if (space == LM_ID_BASE)
		mode = without_deepbind(path, mode);
	if (attention_due(CALL_dlmopen)) {
		const bool here = is_found_alike(path, __builtin_return_address(0));
		void *const handle = dlmopen_seen(space, path, mode, given, here);

		if (here)
			return handle;
	}
	JUMP real(space, path, mode);
}
