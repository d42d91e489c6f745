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
tests_behaviour_test_threads_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_fork
tests_behaviour_test_fork_SOURCES = \
	tests/behaviour/test_fork.c $(process_cases)
tests_behaviour_test_fork_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_fork_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_fork_LDADD = $(behaviour_libraries)
