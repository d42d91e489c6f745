# Signals, threads, processes and the order of libraries. See tests/behaviour/module.mk.
process_cases = \
	tests/behaviour/blocking.c tests/behaviour/blocking.h tests/behaviour/scene.c

behaviour_programs += tests/behaviour/test_signal_calls
tests_behaviour_test_signal_calls_SOURCES = \
	tests/behaviour/test_signal_calls.c $(process_cases)
tests_behaviour_test_signal_calls_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_signal_calls_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_signal_calls_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_signal_kinds
tests_behaviour_test_signal_kinds_SOURCES = \
	tests/behaviour/test_signal_kinds.c $(process_cases)
tests_behaviour_test_signal_kinds_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_signal_kinds_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_signal_kinds_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_signal_inside
tests_behaviour_test_signal_inside_SOURCES = \
	tests/behaviour/test_signal_inside.c $(process_cases)
tests_behaviour_test_signal_inside_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_signal_inside_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_signal_inside_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_threads
tests_behaviour_test_threads_SOURCES = \
	tests/behaviour/test_threads.c $(process_cases)
tests_behaviour_test_threads_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_threads_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_threads_LDADD = tests/behaviour/libunwound.la $(behaviour_libraries)
check_LTLIBRARIES += tests/behaviour/libunwound.la
tests_behaviour_libunwound_la_SOURCES = tests/behaviour/unwound.c tests/behaviour/unwound.h
tests_behaviour_libunwound_la_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_libunwound_la_CFLAGS = $(behaviour_cflags) -fexceptions

behaviour_programs += tests/behaviour/test_timer
tests_behaviour_test_timer_SOURCES = \
	tests/behaviour/test_timer.c $(process_cases)
tests_behaviour_test_timer_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_timer_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_timer_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_fork
tests_behaviour_test_fork_SOURCES = \
	tests/behaviour/test_fork.c $(process_cases)
tests_behaviour_test_fork_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_fork_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_fork_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_order
tests_behaviour_test_order_SOURCES = \
	tests/behaviour/test_order.c
tests_behaviour_test_order_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_order_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_order_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_order_DEPENDENCIES = \
	tests/behaviour/order_victim$(EXEEXT) tests/behaviour/open_victim$(EXEEXT)

# -rpath makes libtool build a shared object of what is not installed.
check_LTLIBRARIES += tests/behaviour/libneighbour.la
tests_behaviour_libneighbour_la_SOURCES = tests/behaviour/neighbour.c
tests_behaviour_libneighbour_la_LDFLAGS = -avoid-version -shared -rpath /nowhere
check_PROGRAMS += tests/behaviour/order_victim tests/behaviour/open_victim
tests_behaviour_order_victim_SOURCES = tests/behaviour/order_victim.c
tests_behaviour_order_victim_LDFLAGS = -no-install
tests_behaviour_order_victim_LDADD = tests/behaviour/libneighbour.la
tests_behaviour_open_victim_SOURCES = tests/behaviour/open_victim.c
tests_behaviour_open_victim_LDADD =

behaviour_programs += tests/behaviour/test_direct
tests_behaviour_test_direct_SOURCES = tests/behaviour/test_direct.c
tests_behaviour_test_direct_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_direct_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_direct_LDADD = $(behaviour_libraries)
check_LTLIBRARIES += tests/behaviour/libstandin.la
tests_behaviour_libstandin_la_SOURCES = tests/behaviour/standin.c
tests_behaviour_libstandin_la_CPPFLAGS = $(AM_CPPFLAGS) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_libstandin_la_LDFLAGS = -avoid-version -shared -rpath /nowhere

# Under ThreadSanitizer, and under valgrind.
dist_check_SCRIPTS += tests/behaviour/race tests/behaviour/memcheck
EXTRA_DIST += tests/behaviour/threaded.c tests/behaviour/reloading.c
TESTS += tests/behaviour/race tests/behaviour/memcheck
