# Connections and descriptors; see tests/behaviour/module.mk.
connection_programs = \
	tests/behaviour/test_accept \
	tests/behaviour/test_accept_race \
	tests/behaviour/test_connect \
	tests/behaviour/test_connect_native \
	tests/behaviour/test_descriptor \
	tests/behaviour/test_number
behaviour_programs += $(connection_programs)

tests_behaviour_test_accept_SOURCES = tests/behaviour/test_accept.c
tests_behaviour_test_accept_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_accept_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_accept_LDADD = $(behaviour_libraries)

tests_behaviour_test_accept_race_SOURCES = tests/behaviour/test_accept_race.c
tests_behaviour_test_accept_race_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_accept_race_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_accept_race_LDADD = $(behaviour_libraries)

tests_behaviour_test_connect_SOURCES = tests/behaviour/test_connect.c
tests_behaviour_test_connect_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_connect_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_connect_LDADD = $(behaviour_libraries)

tests_behaviour_test_connect_native_SOURCES = tests/behaviour/test_connect_native.c
tests_behaviour_test_connect_native_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_connect_native_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_connect_native_LDADD = $(behaviour_libraries)

tests_behaviour_test_descriptor_SOURCES = \
	tests/behaviour/test_descriptor.c tests/behaviour/waits.c tests/behaviour/waits.h
tests_behaviour_test_descriptor_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_descriptor_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_descriptor_LDADD = $(behaviour_libraries)

tests_behaviour_test_number_SOURCES = \
	tests/behaviour/test_number.c tests/behaviour/waits.c tests/behaviour/waits.h
tests_behaviour_test_number_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_number_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_number_LDADD = $(behaviour_libraries)

# System calls are counted with strace.
check_PROGRAMS += tests/behaviour/syscalls_victim
tests_behaviour_syscalls_victim_SOURCES = tests/behaviour/syscalls_victim.c
tests_behaviour_syscalls_victim_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_syscalls_victim_CFLAGS = $(behaviour_cflags)
tests_behaviour_syscalls_victim_LDADD = $(behaviour_libraries)
dist_check_SCRIPTS += tests/behaviour/syscalls
TESTS += tests/behaviour/syscalls

dist_check_SCRIPTS += tests/behaviour/loading
TESTS += tests/behaviour/loading

# What README.md and the man page say is wrapped.
TESTS += scripts/compare-calls
