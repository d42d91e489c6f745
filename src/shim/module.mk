# The preloaded library. It needs libc alone, at run time.
#
# Every program pays for its loading, most of all for each symbol that the dynamic linker looks up and
# for each page that is touched. So only what a signal handler may reach is bound when it is loaded
# (-fno-plt); the rest, libunsafe, is bound by need (-fplt, lazy). It is mapped in two pieces instead of
# four (noseparate-code). And what every start runs stands together, first.
lib_LTLIBRARIES += libsocktimeout.la
libsocktimeout_la_CFLAGS = $(LIBRARY_CFLAGS)
libsocktimeout_la_LDFLAGS = -module -avoid-version -shared \
	-Wl,--version-script,src/calls/exports.map -Wl,-z,defs -Wl,-z,relro \
	-Wl,-z,lazy -Wl,-z,noseparate-code
libsocktimeout_la_SOURCES = \
	src/shim/start.c \
	src/shim/config/configuration.c src/shim/config/configuration.h \
	src/shim/config/sources.c src/shim/config/sources.h \
	src/shim/config/rules_slots.c \
	src/shim/config/rules.c src/shim/config/rules.h \
	src/shim/wait/ready_limits.c src/shim/wait/ready_limits.h \
	src/shim/system/kernel_file.c \
	src/shim/system/kernel.c src/shim/system/kernel.h src/shim/system/kernel_inside.h
libsocktimeout_la_LIBADD = \
	src/calls/libcalls.la src/base/libbase.la src/policy/libpolicy.la \
	src/shim/libshim.la src/shim/libunsafe.la \
	src/record/librecord.la src/stats/libstats.la src/constants/libconstants.la
EXTRA_libsocktimeout_la_DEPENDENCIES = src/calls/exports.map

noinst_LTLIBRARIES += src/shim/libshim.la
src_shim_libshim_la_CFLAGS = $(LIBRARY_CFLAGS)
src_shim_libshim_la_SOURCES = \
	src/shim/io/attention.c src/shim/io/attention.h \
	src/shim/io/bound.c src/shim/io/bound.h \
	src/shim/fault/chaos.c src/shim/fault/chaos.h \
	src/shim/fault/chaos_apply.c \
	src/shim/fault/chaos_call.c \
	src/shim/fault/chaos_wait.c \
	src/shim/log/counters.c src/shim/log/counters.h \
	src/shim/log/describe.c src/shim/log/describe.h \
	src/shim/wait/epollset.c src/shim/wait/epollset.h \
	src/shim/fd/failure.c src/shim/fd/failure.h \
	src/shim/io/gate.c src/shim/io/gate.h \
	src/shim/io/guard.h \
	src/shim/wait/held.c src/shim/wait/held.h \
	src/shim/wait/held_epoll.c \
	src/shim/fd/hint.c src/shim/fd/hint.h \
	src/shim/fd/hold.c src/shim/fd/hold.h \
	src/shim/system/interruption.c src/shim/system/interruption.h \
	src/shim/wait/judge.c src/shim/wait/judge.h \
	src/shim/system/kernel_process.c \
	src/shim/log/log.c src/shim/log/log.h \
	src/shim/wait/nested.c src/shim/wait/nested.h \
	src/shim/log/mark.c src/shim/log/mark.h \
	src/shim/system/memory.c src/shim/system/memory.h \
	src/shim/log/probe.c src/shim/log/probe.h \
	src/shim/wait/ready.c src/shim/wait/ready.h \
	src/shim/io/receive.c src/shim/io/receive.h \
	src/shim/log/report.c src/shim/log/report.h \
	src/shim/system/resume.c src/shim/system/resume.h \
	src/shim/fault/seed.c src/shim/fault/seed.h \
	src/shim/wait/silence.c src/shim/wait/silence.h \
	src/shim/io/slice.c src/shim/io/slice.h \
	src/shim/fd/socket.c src/shim/fd/socket.h \
	src/shim/log/stats.c src/shim/log/stats.h \
	src/shim/log/traced.c src/shim/log/traced.h \
	src/shim/io/tcp.c src/shim/io/tcp.h \
	src/shim/io/timer.c src/shim/io/timer.h \
	src/shim/io/transmit.c src/shim/io/transmit.h \
	src/shim/config/trusted.c src/shim/config/trusted.h \
	src/shim/io/vector.c src/shim/io/vector.h \
	src/shim/wrap/accept.c \
	src/shim/wrap/connect.c \
	src/shim/wrap/descriptor.c \
	src/shim/wrap/epoll.c \
	src/shim/wrap/option.c \
	src/shim/wrap/poll.c \
	src/shim/wrap/read.c \
	src/shim/wrap/recv.c \
	src/shim/wrap/recvmsg.c \
	src/shim/wrap/select.c \
	src/shim/wrap/send.c \
	src/shim/wrap/sendfile.c \
	src/shim/wrap/sendmsg.c \
	src/shim/wrap/signal.c

# What is not async-signal-safe: the functions of libc behind it are not either.
noinst_LTLIBRARIES += src/shim/libunsafe.la
src_shim_libunsafe_la_CFLAGS = $(LIBRARY_CFLAGS) -fplt
src_shim_libunsafe_la_SOURCES = \
	src/shim/fault/chaos_lookup.c \
	src/shim/resolver/lookup.c src/shim/resolver/lookup.h \
	src/shim/resolver/lookup_local.c src/shim/resolver/lookup_local.h \
	src/shim/resolver/lookup_state.c src/shim/resolver/lookup_state.h \
	src/shim/fault/seed_fork.c \
	src/shim/stdio/stream.c src/shim/stdio/stream.h \
	src/shim/stdio/stream_put.c src/shim/stdio/stream_put.h \
	src/shim/wrap/address.c \
	src/shim/wrap/cancel.c \
	src/shim/wrap/host.c \
	src/shim/wrap/load.c \
	src/shim/wrap/query.c \
	src/shim/wrap/sandbox.c \
	src/shim/wrap/stdio_format.c \
	src/shim/wrap/stdio_open.c \
	src/shim/wrap/stdio_read.c \
	src/shim/wrap/stdio_wide.c \
	src/shim/wrap/stdio_write.c
