# The units by themselves, under Check.
if HAVE_CHECK
unit_programs = \
	tests/unit/test_address \
	tests/unit/test_clock \
	tests/unit/test_duration \
	tests/unit/test_glob \
	tests/unit/test_library \
	tests/unit/test_log_target \
	tests/unit/test_policy \
	tests/unit/test_policy_fault \
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

unit_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
unit_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_libraries = src/policy/libpolicy.la src/constants/libconstants.la src/base/libbase.la \
	$(CHECK_LIBS)

tests_unit_test_address_SOURCES = tests/unit/test_address.c tests/unit/run.h
tests_unit_test_address_CPPFLAGS = $(unit_cppflags)
tests_unit_test_address_CFLAGS = $(unit_cflags)
tests_unit_test_address_LDADD = $(unit_libraries)

record_libraries = src/record/librecord.la src/calls/libcalls.la src/constants/libconstants.la \
	$(unit_libraries)

tests_unit_test_clock_SOURCES = tests/unit/test_clock.c tests/unit/run.h
tests_unit_test_clock_CPPFLAGS = $(unit_cppflags)
tests_unit_test_clock_CFLAGS = $(unit_cflags)
tests_unit_test_clock_LDADD = $(unit_libraries)

tests_unit_test_duration_SOURCES = tests/unit/test_duration.c tests/unit/run.h
tests_unit_test_duration_CPPFLAGS = $(unit_cppflags)
tests_unit_test_duration_CFLAGS = $(unit_cflags)
tests_unit_test_duration_LDADD = $(unit_libraries)

tests_unit_test_glob_SOURCES = tests/unit/test_glob.c tests/unit/run.h
tests_unit_test_glob_CPPFLAGS = $(unit_cppflags)
tests_unit_test_glob_CFLAGS = $(unit_cflags)
tests_unit_test_glob_LDADD = $(unit_libraries)

tests_unit_test_library_SOURCES = \
	tests/unit/test_library.c tests/unit/run.h \
	src/launcher/allocate.c src/launcher/allocate.h \
	src/launcher/library.c src/launcher/library.h \
	src/launcher/status.c src/launcher/status.h
tests_unit_test_library_CPPFLAGS = $(unit_cppflags)
tests_unit_test_library_CFLAGS = $(unit_cflags)
tests_unit_test_library_LDADD = $(CHECK_LIBS)

tests_unit_test_log_target_SOURCES = tests/unit/test_log_target.c tests/unit/run.h
tests_unit_test_log_target_CPPFLAGS = $(unit_cppflags)
tests_unit_test_log_target_CFLAGS = $(unit_cflags)
tests_unit_test_log_target_LDADD = $(unit_libraries)

tests_unit_test_policy_SOURCES = \
	tests/unit/test_policy.c tests/unit/policy_build.h tests/unit/run.h
tests_unit_test_policy_CPPFLAGS = $(unit_cppflags)
tests_unit_test_policy_CFLAGS = $(unit_cflags)
tests_unit_test_policy_LDADD = $(unit_libraries)

tests_unit_test_policy_fault_SOURCES = \
	tests/unit/test_policy_fault.c tests/unit/policy_build.h tests/unit/run.h
tests_unit_test_policy_fault_CPPFLAGS = $(unit_cppflags)
tests_unit_test_policy_fault_CFLAGS = $(unit_cflags)
tests_unit_test_policy_fault_LDADD = $(unit_libraries)

tests_unit_test_record_SOURCES = tests/unit/test_record.c tests/unit/run.h
tests_unit_test_record_CPPFLAGS = $(unit_cppflags)
tests_unit_test_record_CFLAGS = $(unit_cflags)
tests_unit_test_record_LDADD = $(record_libraries)

tests_unit_test_rule_SOURCES = \
	tests/unit/test_rule.c tests/unit/rule_read.h tests/unit/run.h
tests_unit_test_rule_CPPFLAGS = $(unit_cppflags)
tests_unit_test_rule_CFLAGS = $(unit_cflags)
tests_unit_test_rule_LDADD = $(unit_libraries)

tests_unit_test_rule_error_SOURCES = \
	tests/unit/test_rule_error.c tests/unit/rule_read.h tests/unit/run.h
tests_unit_test_rule_error_CPPFLAGS = $(unit_cppflags)
tests_unit_test_rule_error_CFLAGS = $(unit_cflags)
tests_unit_test_rule_error_LDADD = $(unit_libraries)

tests_unit_test_spec_SOURCES = tests/unit/test_spec.c tests/unit/run.h
tests_unit_test_spec_CPPFLAGS = $(unit_cppflags)
tests_unit_test_spec_CFLAGS = $(unit_cflags)
tests_unit_test_spec_LDADD = $(unit_libraries)

tests_unit_test_stats_SOURCES = tests/unit/test_stats.c tests/unit/run.h
tests_unit_test_stats_CPPFLAGS = $(unit_cppflags)
tests_unit_test_stats_CFLAGS = $(unit_cflags)
tests_unit_test_stats_LDADD = src/stats/libstats.la $(unit_libraries)

tests_unit_test_text_SOURCES = tests/unit/test_text.c tests/unit/run.h
tests_unit_test_text_CPPFLAGS = $(unit_cppflags)
tests_unit_test_text_CFLAGS = $(unit_cflags)
tests_unit_test_text_LDADD = $(unit_libraries)

tests_unit_test_trace_SOURCES = tests/unit/test_trace.c tests/unit/run.h
tests_unit_test_trace_CPPFLAGS = $(unit_cppflags)
tests_unit_test_trace_CFLAGS = $(unit_cflags)
tests_unit_test_trace_LDADD = $(record_libraries)

# The same programs again with gcc and with clang, under ASan and UBSan. Without Check this says
# that the units were not tested, and counts as skipped.
AM_TESTS_ENVIRONMENT += CHECK_CFLAGS='$(CHECK_CFLAGS)'; CHECK_LIBS='$(CHECK_LIBS)'; \
	export CHECK_CFLAGS CHECK_LIBS;
dist_check_SCRIPTS += tests/unit/sanitized
TESTS += tests/unit/sanitized

include tests/unit/constants.mk
