# The harness of the tests in C: an archive, of which each program takes what it needs. And a program that waits as
# its arguments say, for the tests that start one.
LDADD = tests/behaviour/harness/libharness.la $(CHECK_LIBS)
check_LTLIBRARIES += tests/behaviour/harness/libharness.la
tests_behaviour_harness_libharness_la_SOURCES = \
	tests/behaviour/harness/blocking.c tests/behaviour/harness/blocking.h \
	tests/behaviour/harness/harness.c tests/behaviour/harness/harness.h \
	tests/behaviour/harness/kinds.c tests/behaviour/harness/kinds.h \
	tests/behaviour/harness/receiving.c tests/behaviour/harness/receiving.h \
	tests/behaviour/harness/ruled.c tests/behaviour/harness/ruled.h \
	tests/behaviour/harness/running.c tests/behaviour/harness/running.h \
	tests/behaviour/harness/scene.c \
	tests/behaviour/harness/sockets.c \
	tests/behaviour/harness/timers.c tests/behaviour/harness/timers.h \
	tests/behaviour/harness/transmit.c tests/behaviour/harness/transmit.h \
	tests/behaviour/harness/waiting.c tests/behaviour/harness/waiting.h \
	tests/behaviour/harness/waits.c tests/behaviour/harness/waits.h \
	tests/behaviour/resolve/nameserver.c tests/behaviour/resolve/nameserver.h \
	tests/behaviour/rules/ruling.c tests/behaviour/rules/ruling.h \
	tests/behaviour/setting/counting.c tests/behaviour/setting/counting.h \
	tests/behaviour/stream/stream.c tests/behaviour/stream/stream.h

check_PROGRAMS += tests/behaviour/harness/victim
tests_behaviour_harness_victim_LDADD =
