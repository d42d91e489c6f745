# Signals, threads, processes and the order of libraries. See tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_direct \
	tests/behaviour/test_exports \
	tests/behaviour/test_filters \
	tests/behaviour/test_fork \
	tests/behaviour/test_memory \
	tests/behaviour/test_memory_there \
	tests/behaviour/test_order \
	tests/behaviour/test_sandbox \
	tests/behaviour/test_signal_inside \
	tests/behaviour/test_signal_kinds \
	tests/behaviour/test_syscall \
	tests/behaviour/test_threads \
	tests/behaviour/test_timer \
	tests/behaviour/test_timer_jump \
	tests/behaviour/test_timer_left

tests_behaviour_test_threads_LDADD = tests/behaviour/libunwound.la $(LDADD)
check_LTLIBRARIES += tests/behaviour/libunwound.la
tests_behaviour_libunwound_la_SOURCES = tests/behaviour/unwound.c tests/behaviour/unwound.h
tests_behaviour_libunwound_la_CFLAGS = $(AM_CFLAGS) -fexceptions

# Libraries of others. -rpath makes libtool build a shared object of what is not installed.
check_LTLIBRARIES += tests/behaviour/libneighbour.la tests/behaviour/libstandin.la
tests_behaviour_libneighbour_la_SOURCES = tests/behaviour/neighbour.c
tests_behaviour_libneighbour_la_LDFLAGS = -avoid-version -shared -rpath /nowhere
tests_behaviour_libstandin_la_SOURCES = tests/behaviour/standin.c
tests_behaviour_libstandin_la_LDFLAGS = -avoid-version -shared -rpath /nowhere

check_PROGRAMS += tests/behaviour/order_victim tests/behaviour/open_victim
tests_behaviour_order_victim_LDFLAGS = -no-install
tests_behaviour_order_victim_LDADD = tests/behaviour/libneighbour.la
tests_behaviour_open_victim_LDADD =
EXTRA_tests_behaviour_test_order_DEPENDENCIES = \
	tests/behaviour/order_victim$(EXEEXT) tests/behaviour/open_victim$(EXEEXT)

# Under ThreadSanitizer, and under valgrind.
dist_check_SCRIPTS += tests/behaviour/race tests/behaviour/memcheck tests/behaviour/filter
EXTRA_DIST += tests/behaviour/threaded.c tests/behaviour/reloading.c
TESTS += tests/behaviour/race tests/behaviour/memcheck tests/behaviour/filter
