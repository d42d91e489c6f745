# Connections and descriptors; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_accept \
	tests/behaviour/test_accept_race \
	tests/behaviour/test_connect \
	tests/behaviour/test_connect_native \
	tests/behaviour/test_descriptor \
	tests/behaviour/test_number \
	tests/behaviour/test_number_race \
	tests/behaviour/test_number_raw

# System calls are counted with strace.
check_PROGRAMS += tests/behaviour/syscalls_victim
tests_behaviour_syscalls_victim_SOURCES = \
	tests/behaviour/syscalls_victim.c tests/behaviour/syscalls_victim.h \
	tests/behaviour/syscalls_files.c tests/behaviour/syscalls_ready.c
dist_check_SCRIPTS += tests/behaviour/syscalls
TESTS += tests/behaviour/syscalls

# … also those of a library without settings, and under filters.
check_PROGRAMS += tests/behaviour/filtered
tests_behaviour_filtered_LDADD =
dist_check_SCRIPTS += tests/behaviour/absent
TESTS += tests/behaviour/absent

dist_check_SCRIPTS += tests/behaviour/loading tests/behaviour/imports
TESTS += tests/behaviour/loading tests/behaviour/imports

# What the man page says is wrapped.
TESTS += scripts/compare-calls
