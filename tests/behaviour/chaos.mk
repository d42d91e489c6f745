# Faults; see tests/behaviour/module.mk.
check_LTLIBRARIES += tests/behaviour/libruled.la
tests_behaviour_libruled_la_SOURCES = tests/behaviour/ruled.c tests/behaviour/ruled.h
tests_behaviour_libruled_la_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_libruled_la_CFLAGS = $(behaviour_cflags)
ruled_libraries = tests/behaviour/libruled.la $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_chaos
tests_behaviour_test_chaos_SOURCES = tests/behaviour/test_chaos.c
tests_behaviour_test_chaos_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_chaos_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_chaos_LDADD = $(ruled_libraries)

behaviour_programs += tests/behaviour/test_chaos_late
tests_behaviour_test_chaos_late_SOURCES = tests/behaviour/test_chaos_late.c
tests_behaviour_test_chaos_late_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_chaos_late_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_chaos_late_LDADD = $(ruled_libraries)

behaviour_programs += tests/behaviour/test_chaos_data
tests_behaviour_test_chaos_data_SOURCES = tests/behaviour/test_chaos_data.c
tests_behaviour_test_chaos_data_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_chaos_data_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_chaos_data_LDADD = $(ruled_libraries)

# Exactly which calls, the seed, and real programs.
dist_check_SCRIPTS += tests/behaviour/chaos
EXTRA_DIST += tests/behaviour/chaos_connect.py tests/behaviour/chaos_event.py \
	tests/behaviour/chaos_event.js tests/behaviour/chaos_server.py
TESTS += tests/behaviour/chaos

behaviour_programs += tests/behaviour/test_chaos_edges
tests_behaviour_test_chaos_edges_SOURCES = tests/behaviour/test_chaos_edges.c
tests_behaviour_test_chaos_edges_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_chaos_edges_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_chaos_edges_LDADD = $(ruled_libraries)
