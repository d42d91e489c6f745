# The units by themselves, under Check.
if HAVE_CHECK
unit_programs = \
	tests/unit/test_address \
	tests/unit/test_clock \
	tests/unit/test_duration \
	tests/unit/test_glob \
	tests/unit/test_hosts \
	tests/unit/test_library \
	tests/unit/test_log_target \
	tests/unit/test_policy \
	tests/unit/test_policy_fault \
	tests/unit/test_policy_whom \
	tests/unit/test_process \
	tests/unit/test_record \
	tests/unit/test_rule \
	tests/unit/test_rule_error \
	tests/unit/test_spec \
	tests/unit/test_stats \
	tests/unit/test_text \
	tests/unit/test_trace
check_PROGRAMS += $(unit_programs)
TESTS += $(unit_programs)
endif
EXTRA_DIST += tests/unit/policy_build.h tests/unit/rule_read.h tests/unit/run.h

# Each is the one source of its name, and what it needs of these archives.
unit_libraries = src/record/librecord.la src/calls/libcalls.la src/stats/libstats.la \
	src/policy/libpolicy.la src/constants/libconstants.la src/base/libbase.la $(CHECK_LIBS)
tests_unit_test_address_LDADD = $(unit_libraries)
tests_unit_test_clock_LDADD = $(unit_libraries)
tests_unit_test_duration_LDADD = $(unit_libraries)
tests_unit_test_glob_LDADD = $(unit_libraries)
tests_unit_test_log_target_LDADD = $(unit_libraries)
tests_unit_test_policy_LDADD = $(unit_libraries)
tests_unit_test_policy_whom_LDADD = $(unit_libraries)
tests_unit_test_policy_fault_LDADD = $(unit_libraries)
tests_unit_test_record_LDADD = $(unit_libraries)
tests_unit_test_rule_LDADD = $(unit_libraries)
tests_unit_test_rule_error_LDADD = $(unit_libraries)
tests_unit_test_spec_LDADD = $(unit_libraries)
tests_unit_test_stats_LDADD = $(unit_libraries)
tests_unit_test_text_LDADD = $(unit_libraries)
tests_unit_test_trace_LDADD = $(unit_libraries)

tests_unit_test_hosts_SOURCES = \
	tests/unit/test_hosts.c \
	src/shim/config/hosts.c src/shim/config/hosts.h
tests_unit_test_hosts_LDADD = $(unit_libraries)

tests_unit_test_library_SOURCES = \
	tests/unit/test_library.c \
	src/launcher/allocate.c src/launcher/allocate.h \
	src/launcher/library.c src/launcher/library.h \
	src/launcher/status.c src/launcher/status.h
tests_unit_test_library_LDADD = $(CHECK_LIBS)

tests_unit_test_process_SOURCES = \
	tests/unit/test_process.c \
	src/shim/system/kernel.c src/shim/system/kernel.h src/shim/system/kernel_inside.h \
	src/shim/system/kernel_file.c \
	src/shim/system/process.c src/shim/system/process.h src/shim/system/process_start.c
tests_unit_test_process_LDADD = $(unit_libraries)

# The same programs again with gcc and with clang, under ASan and UBSan. Without Check this says
# that the units were not tested, and counts as skipped.
# Check ends a test after 4 s, unless told otherwise; on a busy machine some take longer.
AM_TESTS_ENVIRONMENT += CHECK_CFLAGS='$(CHECK_CFLAGS)'; CHECK_LIBS='$(CHECK_LIBS)'; \
	CK_DEFAULT_TIMEOUT=60; export CHECK_CFLAGS CHECK_LIBS CK_DEFAULT_TIMEOUT;
dist_check_SCRIPTS += tests/unit/sanitized tests/unit/handlers
TESTS += tests/unit/sanitized tests/unit/handlers
EXTRA_DIST += tests/unit/handlers_program.c

# The #include lines go one way.
AM_TESTS_ENVIRONMENT += AWK='$(AWK)'; export AWK;
dist_check_SCRIPTS += scripts/check-includes tests/unit/check_includes.sh
TESTS += scripts/check-includes tests/unit/check_includes.sh

include tests/unit/constants.mk
