# The resolver, against name servers of the test's own.
behaviour_programs += \
	tests/behaviour/test_resolve \
	tests/behaviour/test_resolve_each \
	tests/behaviour/test_resolve_host \
	tests/behaviour/test_resolve_local \
	tests/behaviour/test_resolve_time
resolve_common = tests/behaviour/nameserver.c tests/behaviour/nameserver.h

tests_behaviour_test_resolve_SOURCES = tests/behaviour/test_resolve.c $(resolve_common)
tests_behaviour_test_resolve_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_resolve_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_resolve_LDADD = $(behaviour_libraries)

tests_behaviour_test_resolve_each_SOURCES = tests/behaviour/test_resolve_each.c $(resolve_common)
tests_behaviour_test_resolve_each_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_resolve_each_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_resolve_each_LDADD = $(behaviour_libraries)

tests_behaviour_test_resolve_host_SOURCES = tests/behaviour/test_resolve_host.c $(resolve_common)
tests_behaviour_test_resolve_host_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_resolve_host_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_resolve_host_LDADD = $(behaviour_libraries)

tests_behaviour_test_resolve_local_SOURCES = tests/behaviour/test_resolve_local.c $(resolve_common)
tests_behaviour_test_resolve_local_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_resolve_local_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_resolve_local_LDADD = $(behaviour_libraries)

tests_behaviour_test_resolve_time_SOURCES = tests/behaviour/test_resolve_time.c $(resolve_common)
tests_behaviour_test_resolve_time_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_resolve_time_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_resolve_time_LDADD = $(behaviour_libraries)
