/*
 * The table of functions: the rows of calls.def, and a list of functions that are not wrapped. Owns the
 * sorted index for look-ups. Cold.
 */
#include "config.h"

#include "launcher/program/functions.h"

#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "calls/calls.h"

/* The WATCHED rows of calls.def, which have no operation. */
#define OPERATION_WATCHED OPERATION_COUNT

/* musl has neither of these. */
#ifndef HAVE_GLIBC
#define CALL_dlmopen        CALL_dlopen
#define CALL___vdprintf_chk CALL_vdprintf
#endif

/* fdopen, dprintf and its kind are adjacent in calls.def. */
#define KIND(operation, call)                                                                  \
	(call) == CALL_dlopen || (call) == CALL_dlmopen          ? FUNCTION_LOADS              \
	: (call) == CALL_prctl                                   ? FUNCTION_RESTRICTS          \
	: (call) >= CALL_fdopen && (call) <= CALL___vdprintf_chk ? FUNCTION_STREAM             \
	: (int)OPERATION_##operation == (int)OPERATION_WATCHED   ? FUNCTION_WATCHED            \
								 : FUNCTION_BOUNDED

#define CALL(operation, type, name, parameters)                                                \
	{#name, KIND(operation, CALL_##name), OPERATION_##operation},
#define ALIAS(operation, name, target)                                                         \
	{#name, KIND(operation, CALL_##target), OPERATION_##operation},
#define STREAM    FUNCTION_STREAM, OPERATION_COUNT
#define FILTERS   FUNCTION_FILTERS, OPERATION_COUNT
#define UNBOUNDED FUNCTION_UNBOUNDED, OPERATION_COUNT
#define RARE      FUNCTION_RARE, OPERATION_COUNT

/* getnetbyname(3) and its kind are left out: they read /etc/networks unless nsswitch.conf(5) names DNS
 * for networks. Many interpreters import them, and hardly any script calls them. */
const struct function functions[] = {
#include "calls/calls.def"
	/* Bounded on a stream that fdopen made, and on the standard streams. */
	{"getc", STREAM},
	{"fgetc", STREAM},
	{"_IO_getc", STREAM},
	{"getc_unlocked", STREAM},
	{"fgetc_unlocked", STREAM},
	{"getchar", STREAM},
	{"getchar_unlocked", STREAM},
	{"getw", STREAM},
	{"__uflow", STREAM},
	{"__underflow", STREAM},
	{"fgets", STREAM},
	{"_IO_fgets", STREAM},
	{"fgets_unlocked", STREAM},
	{"__fgets_chk", STREAM},
	{"__fgets_unlocked_chk", STREAM},
	{"gets", STREAM},
	{"_IO_gets", STREAM},
	{"__gets_chk", STREAM},
	{"fread", STREAM},
	{"_IO_fread", STREAM},
	{"fread_unlocked", STREAM},
	{"__fread_chk", STREAM},
	{"__fread_unlocked_chk", STREAM},
	{"getline", STREAM},
	{"getdelim", STREAM},
	{"__getdelim", STREAM},
	{"fscanf", STREAM},
	{"vfscanf", STREAM},
	{"__vfscanf", STREAM},
	{"scanf", STREAM},
	{"vscanf", STREAM},
	{"__isoc99_fscanf", STREAM},
	{"__isoc99_vfscanf", STREAM},
	{"__isoc99_scanf", STREAM},
	{"__isoc99_vscanf", STREAM},
	{"__isoc23_fscanf", STREAM},
	{"__isoc23_vfscanf", STREAM},
	{"__isoc23_scanf", STREAM},
	{"__isoc23_vscanf", STREAM},
	{"putc", STREAM},
	{"fputc", STREAM},
	{"_IO_putc", STREAM},
	{"putc_unlocked", STREAM},
	{"fputc_unlocked", STREAM},
	{"putchar", STREAM},
	{"putchar_unlocked", STREAM},
	{"putw", STREAM},
	{"__overflow", STREAM},
	{"fputs", STREAM},
	{"_IO_fputs", STREAM},
	{"fputs_unlocked", STREAM},
	{"puts", STREAM},
	{"_IO_puts", STREAM},
	{"fwrite", STREAM},
	{"_IO_fwrite", STREAM},
	{"fwrite_unlocked", STREAM},
	{"fprintf", STREAM},
	{"_IO_fprintf", STREAM},
	{"vfprintf", STREAM},
	{"_IO_vfprintf", STREAM},
	{"__fprintf_chk", STREAM},
	{"__vfprintf_chk", STREAM},
	{"printf", STREAM},
	{"_IO_printf", STREAM},
	{"vprintf", STREAM},
	{"__printf_chk", STREAM},
	{"__vprintf_chk", STREAM},
	{"fflush", STREAM},
	{"_IO_fflush", STREAM},
	{"fflush_unlocked", STREAM},
	{"fclose", STREAM},
	{"_IO_fclose", STREAM},
	{"fseek", STREAM},
	{"fseeko", STREAM},
	{"fseeko64", STREAM},
	{"rewind", STREAM},
	{"fsetpos", STREAM},
	{"_IO_fsetpos", STREAM},
	{"fsetpos64", STREAM},
	{"_IO_fsetpos64", STREAM},
	{"freopen", STREAM},
	{"freopen64", STREAM},
	/* A wide-oriented stream is not bounded. Wide characters are for files and terminals. */
	{"fgetwc", RARE},
	{"getwc", RARE},
	{"fgetwc_unlocked", RARE},
	{"getwc_unlocked", RARE},
	{"getwchar", RARE},
	{"getwchar_unlocked", RARE},
	{"__wuflow", RARE},
	{"__wunderflow", RARE},
	{"fgetws", RARE},
	{"fgetws_unlocked", RARE},
	{"__fgetws_chk", RARE},
	{"__fgetws_unlocked_chk", RARE},
	{"fwscanf", RARE},
	{"vfwscanf", RARE},
	{"wscanf", RARE},
	{"vwscanf", RARE},
	{"__isoc99_fwscanf", RARE},
	{"__isoc99_vfwscanf", RARE},
	{"__isoc99_wscanf", RARE},
	{"__isoc99_vwscanf", RARE},
	{"__isoc23_fwscanf", RARE},
	{"__isoc23_vfwscanf", RARE},
	{"__isoc23_wscanf", RARE},
	{"__isoc23_vwscanf", RARE},
	{"fputwc", RARE},
	{"putwc", RARE},
	{"fputwc_unlocked", RARE},
	{"putwc_unlocked", RARE},
	{"putwchar", RARE},
	{"putwchar_unlocked", RARE},
	{"__woverflow", RARE},
	{"fputws", RARE},
	{"fputws_unlocked", RARE},
	{"fwprintf", RARE},
	{"vfwprintf", RARE},
	{"__fwprintf_chk", RARE},
	{"__vfwprintf_chk", RARE},
	{"wprintf", RARE},
	{"vwprintf", RARE},
	{"__wprintf_chk", RARE},
	{"__vwprintf_chk", RARE},
	/* libc does the work in its own threads (aio(7), getaddrinfo_a(3)). */
	{"aio_read", UNBOUNDED},
	{"aio_read64", UNBOUNDED},
	{"aio_write", UNBOUNDED},
	{"aio_write64", UNBOUNDED},
	{"lio_listio", UNBOUNDED},
	{"lio_listio64", UNBOUNDED},
	{"getaddrinfo_a", UNBOUNDED},
	/* libc speaks a whole protocol (rcmd(3), rexec(3)). */
	{"rcmd", UNBOUNDED},
	{"rcmd_af", UNBOUNDED},
	{"rexec", UNBOUNDED},
	{"rexec_af", UNBOUNDED},
#ifndef HAVE___SELECT64
	/* The library for a 32-bit machine bounds these, for programs with a 64-bit time_t. */
	{"__recvmsg64", FUNCTION_BOUNDED, OPERATION_RECV},
	{"__recvmmsg64", FUNCTION_BOUNDED, OPERATION_RECV},
	{"__sendmsg64", FUNCTION_BOUNDED, OPERATION_SEND},
	{"__sendmmsg64", FUNCTION_BOUNDED, OPERATION_SEND},
	{"__ppoll64", FUNCTION_BOUNDED, OPERATION_WAIT},
	{"__select64", FUNCTION_BOUNDED, OPERATION_WAIT},
	{"__pselect64", FUNCTION_BOUNDED, OPERATION_WAIT},
#endif
#ifndef HAVE___PPOLL64_CHK
	{"__ppoll64_chk", FUNCTION_BOUNDED, OPERATION_WAIT},
#endif
#ifndef HAVE___EPOLL_PWAIT2_TIME64
	{"__epoll_pwait2_time64", FUNCTION_BOUNDED, OPERATION_WAIT},
#endif
	/* libseccomp: seccomp_init(3), seccomp_load(3). */
	{"seccomp_init", FILTERS},
	{"seccomp_load", FILTERS},
	/* liburing: the kernel does the work asynchronously. */
	{"io_uring_submit", UNBOUNDED},
	{"io_uring_submit_and_wait", UNBOUNDED},
	{"io_uring_submit_and_wait_timeout", UNBOUNDED},
	{"io_uring_enter", UNBOUNDED},
	/* With the offset -1 these calls read and write sockets (preadv2(2)). */
	{"preadv2", RARE},
	{"preadv64v2", RARE},
	{"pwritev2", RARE},
	{"pwritev64v2", RARE},
};

const size_t functions_count = COUNT_OF(functions);

static int compare_indices(const void *left, const void *right)
{
	return strcmp(functions[*(const unsigned short *)left].name,
		      functions[*(const unsigned short *)right].name);
}

static int compare_name(const void *name, const void *index)
{
	return strcmp(name, functions[*(const unsigned short *)index].name);
}

size_t functions_find(const char *symbol)
{
	static unsigned short sorted[COUNT_OF(functions)];
	const unsigned short *found;

	if (sorted[0] == sorted[1]) {
		for (size_t i = 0; i < COUNT_OF(sorted); i++)
			sorted[i] = (unsigned short)i;
		qsort(sorted, COUNT_OF(sorted), sizeof(*sorted), compare_indices);
	}
	found = bsearch(symbol, sorted, COUNT_OF(sorted), sizeof(*sorted), compare_name);
	return found == NULL ? functions_count : *found;
}
