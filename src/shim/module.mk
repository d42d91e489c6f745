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
	src/shim/configuration.c src/shim/configuration.h \
	src/shim/sources.c src/shim/sources.h \
	src/shim/rules_slots.c \
	src/shim/rules.c src/shim/rules.h \
	src/shim/ready_limits.c src/shim/ready_limits.h \
	src/shim/kernel_file.c \
	src/shim/kernel.c src/shim/kernel.h src/shim/kernel_inside.h
libsocktimeout_la_LIBADD = \
	src/calls/libcalls.la src/base/libbase.la src/policy/libpolicy.la \
	src/shim/libshim.la src/shim/libunsafe.la \
	src/record/librecord.la src/stats/libstats.la src/constants/libconstants.la
EXTRA_libsocktimeout_la_DEPENDENCIES = src/calls/exports.map

noinst_LTLIBRARIES += src/shim/libshim.la
src_shim_libshim_la_CFLAGS = $(LIBRARY_CFLAGS)
src_shim_libshim_la_SOURCES = \
	src/shim/attention.c src/shim/attention.h \
	src/shim/bound.c src/shim/bound.h \
	src/shim/chaos.c src/shim/chaos.h \
	src/shim/chaos_apply.c \
	src/shim/chaos_call.c \
	src/shim/chaos_wait.c \
	src/shim/counters.c src/shim/counters.h \
	src/shim/describe.c src/shim/describe.h \
	src/shim/epollset.c src/shim/epollset.h \
	src/shim/failure.c src/shim/failure.h \
	src/shim/gate.c src/shim/gate.h \
	src/shim/guard.h \
	src/shim/held.c src/shim/held.h \
	src/shim/held_epoll.c \
	src/shim/hint.c src/shim/hint.h \
	src/shim/hold.c src/shim/hold.h \
	src/shim/interruption.c src/shim/interruption.h \
	src/shim/judge.c src/shim/judge.h \
	src/shim/kernel_process.c \
	src/shim/log.c src/shim/log.h \
	src/shim/nested.c src/shim/nested.h \
	src/shim/mark.c src/shim/mark.h \
	src/shim/memory.c src/shim/memory.h \
	src/shim/probe.c src/shim/probe.h \
	src/shim/ready.c src/shim/ready.h \
	src/shim/receive.c src/shim/receive.h \
	src/shim/report.c src/shim/report.h \
	src/shim/resume.c src/shim/resume.h \
	src/shim/seed.c src/shim/seed.h \
	src/shim/silence.c src/shim/silence.h \
	src/shim/slice.c src/shim/slice.h \
	src/shim/socket.c src/shim/socket.h \
	src/shim/stats.c src/shim/stats.h \
	src/shim/tcp.c src/shim/tcp.h \
	src/shim/timer.c src/shim/timer.h \
	src/shim/transmit.c src/shim/transmit.h \
	src/shim/trusted.c src/shim/trusted.h \
	src/shim/vector.c src/shim/vector.h \
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
	src/shim/chaos_lookup.c \
	src/shim/lookup.c src/shim/lookup.h \
	src/shim/lookup_local.c src/shim/lookup_local.h \
	src/shim/lookup_state.c src/shim/lookup_state.h \
	src/shim/seed_fork.c \
	src/shim/stream.c src/shim/stream.h \
	src/shim/stream_put.c src/shim/stream_put.h \
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
