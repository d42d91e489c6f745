# Behaviour: real processes under the real library, each program natively, with a timeout that is
# not reached, and with a short one (tests/behaviour/harness.h).
AM_TESTS_ENVIRONMENT += SOCKTIMEOUT_TEST_LIBRARY='$(abs_top_builddir)/.libs/libsocktimeout.so'; \
	export SOCKTIMEOUT_TEST_LIBRARY;

behaviour_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/behaviour
behaviour_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS) -pthread
behaviour_libraries = tests/behaviour/libharness.la $(CHECK_LIBS)

if HAVE_CHECK
check_LTLIBRARIES += tests/behaviour/libharness.la
tests_behaviour_libharness_la_SOURCES = tests/behaviour/harness.c tests/behaviour/harness.h
tests_behaviour_libharness_la_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_libharness_la_CFLAGS = $(behaviour_cflags)

behaviour_programs =
include tests/behaviour/first.mk
include tests/behaviour/setting.mk
include tests/behaviour/rules.mk
include tests/behaviour/process.mk
include tests/behaviour/connection.mk
include tests/behaviour/transmit.mk
include tests/behaviour/receive.mk
include tests/behaviour/ready.mk
include tests/behaviour/resolve.mk
include tests/behaviour/stream.mk
include tests/behaviour/chaos.mk
check_PROGRAMS += $(behaviour_programs)
TESTS += $(behaviour_programs)
endif
