# Behaviour: real processes under the real library, each program natively, with a timeout that is
# not reached, and with a short one (tests/behaviour/harness.h).
AM_TESTS_ENVIRONMENT += SOCKTIMEOUT_TEST_LIBRARY='$(abs_top_builddir)/.libs/libsocktimeout.so'; \
	export SOCKTIMEOUT_TEST_LIBRARY;

# A program is a line in its family's behaviour_programs: it is made of the one source of its name
# and of what it needs of the harness, an archive. Others say what they are made of.
if HAVE_CHECK
LDADD = tests/behaviour/libharness.la $(CHECK_LIBS)
check_LTLIBRARIES += tests/behaviour/libharness.la
tests_behaviour_libharness_la_SOURCES = \
	tests/behaviour/blocking.c tests/behaviour/blocking.h \
	tests/behaviour/counting.c tests/behaviour/counting.h \
	tests/behaviour/harness.c tests/behaviour/harness.h \
	tests/behaviour/kinds.c tests/behaviour/kinds.h \
	tests/behaviour/nameserver.c tests/behaviour/nameserver.h \
	tests/behaviour/receiving.c tests/behaviour/receiving.h \
	tests/behaviour/ruled.c tests/behaviour/ruled.h \
	tests/behaviour/ruling.c tests/behaviour/ruling.h \
	tests/behaviour/running.c tests/behaviour/running.h \
	tests/behaviour/scene.c \
	tests/behaviour/sockets.c \
	tests/behaviour/stream.c tests/behaviour/stream.h \
	tests/behaviour/timers.c tests/behaviour/timers.h \
	tests/behaviour/transmit.c tests/behaviour/transmit.h \
	tests/behaviour/waiting.c tests/behaviour/waiting.h \
	tests/behaviour/waits.c tests/behaviour/waits.h

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

# For a second compiler, which compiles all programs: the table, and what a compiler may change, such as stacks,
# handlers, thread-local storage, the order of memory, and the way from the constructor to libc.
compiler_programs = $(unit_programs) $(filter tests/behaviour/test_first tests/behaviour/test_%table \
	tests/behaviour/test_direct tests/behaviour/test_fork tests/behaviour/test_load \
	tests/behaviour/test_memory% tests/behaviour/test_no_memory tests/behaviour/test_order \
	tests/behaviour/test_signal% tests/behaviour/test_stream_i% tests/behaviour/test_stream_s% \
	tests/behaviour/test_syscall tests/behaviour/test_threads tests/behaviour/test_ready_threads \
	tests/behaviour/test_accept_race tests/behaviour/test_number_race tests/behaviour/test_receive_race, \
	$(behaviour_programs))
endif
