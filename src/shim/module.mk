# The preloaded library. At run time it needs libc alone.
#
# Every program pays for loading the library, most of all for each symbol that the dynamic linker looks
# up and for each page that is touched. So only the functions that a signal handler may reach are bound
# when the library is loaded (-fno-plt); the rest, libunsafe, is bound at the first call (-fplt, lazy).
# The library is mapped in two pieces instead of four (noseparate-code). The code that runs at every
# start comes first, in one place.
lib_LTLIBRARIES += libsocktimeout.la
libsocktimeout_la_CFLAGS = $(LIBRARY_CFLAGS)
libsocktimeout_la_LDFLAGS = -module -avoid-version -shared \
	-Wl,--version-script,src/calls/exports.map -Wl,-z,defs -Wl,-z,relro \
	-Wl,-z,lazy -Wl,-z,noseparate-code
libsocktimeout_la_SOURCES = \
	src/shim/start.c \
	src/shim/start.h \
	src/shim/config/configuration.c \
	src/shim/config/configuration.h \
	src/shim/config/sources.c \
	src/shim/config/sources.h \
	src/shim/config/rules_slots.c \
	src/shim/config/rules_slots.h \
	src/shim/config/rules.c \
	src/shim/config/rules.h \
	src/shim/wait/limits.c \
	src/shim/wait/limits.h \
	src/shim/fd/fd.c \
	src/shim/fd/fd.h \
	src/shim/system/kernel_file.c \
	src/shim/system/kernel.c \
	src/shim/system/kernel.h \
	src/shim/system/kernel_inside.h
libsocktimeout_la_LIBADD = \
	src/calls/libcalls.la src/base/libbase.la src/policy/libpolicy.la \
	src/shim/libshim.la src/shim/libunsafe.la \
	src/record/librecord.la src/stats/libstats.la src/constants/libconstants.la
EXTRA_libsocktimeout_la_DEPENDENCIES = src/calls/exports.map

noinst_LTLIBRARIES += src/shim/libshim.la
src_shim_libshim_la_CFLAGS = $(LIBRARY_CFLAGS)
src_shim_libshim_la_SOURCES = \
	src/shim/config/hosts.c \
	src/shim/config/hosts.h \
	src/shim/config/identity.c \
	src/shim/config/identity.h \
	src/shim/config/standard_error.c \
	src/shim/config/standard_error.h \
	src/shim/config/trusted.c \
	src/shim/config/trusted.h \
	src/shim/fault/fault.h \
	src/shim/fault/fault_call.c src/shim/fault/fault_call.h \
	src/shim/fault/fault_inside.h \
	src/shim/fault/fault_late.c \
	src/shim/fault/fault_rule.c \
	src/shim/fault/fault_wait.c \
	src/shim/fault/seed.c \
	src/shim/fault/seed.h \
	src/shim/fault/kinds/datagram.c \
	src/shim/fault/kinds/delay.c \
	src/shim/fault/kinds/error.c \
	src/shim/fault/kinds/rate.c \
	src/shim/fault/kinds/reset.c \
	src/shim/fault/kinds/short.c \
	src/shim/fault/kinds/slow_close.c \
	src/shim/fd/channel.c \
	src/shim/fd/channel.h \
	src/shim/fd/delayed.c \
	src/shim/fd/delayed.h \
	src/shim/fd/pending.c \
	src/shim/fd/pending.h \
	src/shim/fd/reply.c \
	src/shim/fd/reply.h \
	src/shim/io/accept.c \
	src/shim/io/accept.h \
	src/shim/io/batch.c \
	src/shim/io/batch.h \
	src/shim/io/connect.c \
	src/shim/io/entry.c \
	src/shim/io/io.c \
	src/shim/io/io.h \
	src/shim/io/receive.c \
	src/shim/io/receive.h \
	src/shim/io/send.c \
	src/shim/io/send.h \
	src/shim/io/sendfile.c \
	src/shim/io/sendfile.h \
	src/shim/io/tcp.c \
	src/shim/io/tcp.h \
	src/shim/io/timed.c \
	src/shim/io/timer.c \
	src/shim/io/timer.h \
	src/shim/io/vector.c \
	src/shim/io/vector.h \
	src/shim/log/counters.c \
	src/shim/log/counters.h \
	src/shim/log/log.c \
	src/shim/log/log.h \
	src/shim/log/report.c \
	src/shim/log/report.h \
	src/shim/log/stats.c \
	src/shim/log/stats.h \
	src/shim/log/summary.c \
	src/shim/log/summary.h \
	src/shim/log/traced.c \
	src/shim/log/traced.h \
	src/shim/system/cancellation.c \
	src/shim/system/cancellation.h \
	src/shim/system/interruption.c \
	src/shim/system/interruption.h \
	src/shim/system/kernel_process.c \
	src/shim/system/memory.c \
	src/shim/system/memory.h \
	src/shim/system/process.c \
	src/shim/system/process.h \
	src/shim/system/sandbox.c \
	src/shim/system/sandbox.h \
	src/shim/wait/epollset.c \
	src/shim/wait/epollset.h \
	src/shim/wait/exempt.c \
	src/shim/wait/exempt.h \
	src/shim/wait/expire.c \
	src/shim/wait/expire.h \
	src/shim/wait/late.c \
	src/shim/wait/late.h \
	src/shim/wait/quiet.c \
	src/shim/wait/quiet.h \
	src/shim/wait/timeout.c \
	src/shim/wait/wait_slow.c \
	src/shim/wait/wait.h \
	src/shim/wait/walk.c \
	src/shim/wait/walk.h \
	src/shim/wrap/accept.c \
	src/shim/wrap/connect.c \
	src/shim/wrap/descriptor.c \
	src/shim/wrap/epoll.c \
	src/shim/wrap/option.c \
	src/shim/wrap/poll.c \
	src/shim/wrap/read.c \
	src/shim/wrap/readv.c \
	src/shim/wrap/recv.c \
	src/shim/wrap/recvmsg.c \
	src/shim/wrap/sandbox.c \
	src/shim/wrap/sandbox.h \
	src/shim/wrap/select.c \
	src/shim/wrap/send.c \
	src/shim/wrap/sendfile.c \
	src/shim/wrap/sendmsg.c \
	src/shim/wrap/signal.c \
	src/shim/wrap/syscall.c \
	src/shim/wrap/wrap.h

# Functions that are not async-signal-safe, as the functions of libc behind them are not.
noinst_LTLIBRARIES += src/shim/libunsafe.la
src_shim_libunsafe_la_CFLAGS = $(LIBRARY_CFLAGS) -fplt
src_shim_libunsafe_la_SOURCES = \
	src/shim/fault/fault.c \
	src/shim/fault/fault_lookup.c \
	src/shim/resolver/lookup.c \
	src/shim/resolver/lookup.h \
	src/shim/resolver/lookup_local.c \
	src/shim/resolver/lookup_local.h \
	src/shim/resolver/lookup_state.c \
	src/shim/resolver/lookup_state.h \
	src/shim/resolver/worker.c \
	src/shim/resolver/worker.h \
	src/shim/stdio/print.c \
	src/shim/stdio/print.h \
	src/shim/stdio/standard.c \
	src/shim/stdio/standard.h \
	src/shim/stdio/stream.c \
	src/shim/stdio/stream.h \
	src/shim/system/process_start.c \
	src/shim/wrap/address.c \
	src/shim/wrap/host.c \
	src/shim/wrap/load.c \
	src/shim/wrap/query.c \
	src/shim/wrap/stdio.c
