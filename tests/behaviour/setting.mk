# Settings and logs, tried on a program of their own. See tests/behaviour/module.mk.
setting_cases = tests/behaviour/running.c tests/behaviour/running.h
check_PROGRAMS += tests/behaviour/victim
tests_behaviour_victim_SOURCES = tests/behaviour/victim.c
tests_behaviour_victim_LDADD =

behaviour_programs += tests/behaviour/test_setting
tests_behaviour_test_setting_SOURCES = tests/behaviour/test_setting.c $(setting_cases)
tests_behaviour_test_setting_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_setting_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_setting_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_setting_DEPENDENCIES = tests/behaviour/victim$(EXEEXT)

behaviour_programs += tests/behaviour/test_log
tests_behaviour_test_log_SOURCES = tests/behaviour/test_log.c $(setting_cases)
tests_behaviour_test_log_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_log_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_log_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_log_DEPENDENCIES = tests/behaviour/victim$(EXEEXT)

behaviour_programs += tests/behaviour/test_log_form
tests_behaviour_test_log_form_SOURCES = tests/behaviour/test_log_form.c $(setting_cases)
tests_behaviour_test_log_form_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_log_form_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_log_form_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_log_form_DEPENDENCIES = tests/behaviour/victim$(EXEEXT)

behaviour_programs += tests/behaviour/test_log_call
tests_behaviour_test_log_call_SOURCES = tests/behaviour/test_log_call.c $(setting_cases)
tests_behaviour_test_log_call_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_log_call_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_log_call_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_log_call_DEPENDENCIES = tests/behaviour/victim$(EXEEXT)

# Against the schema, and against real programs and a real journald.
dist_check_SCRIPTS += tests/behaviour/log tests/behaviour/journald
EXTRA_DIST += tests/behaviour/log_schema.py tests/behaviour/log_program.py
TESTS += tests/behaviour/log tests/behaviour/journald

check_PROGRAMS += tests/behaviour/stats_victim
tests_behaviour_stats_victim_SOURCES = tests/behaviour/stats_victim.c
tests_behaviour_stats_victim_CFLAGS = $(AM_CFLAGS) -pthread
tests_behaviour_stats_victim_LDADD =

behaviour_programs += tests/behaviour/test_stats
tests_behaviour_test_stats_SOURCES = tests/behaviour/test_stats.c $(setting_cases)
tests_behaviour_test_stats_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_stats_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_stats_LDADD = src/stats/libstats.la $(behaviour_libraries)
EXTRA_tests_behaviour_test_stats_DEPENDENCIES = \
	tests/behaviour/victim$(EXEEXT) tests/behaviour/stats_victim$(EXEEXT)

behaviour_programs += tests/behaviour/test_namespace
tests_behaviour_test_namespace_SOURCES = tests/behaviour/test_namespace.c $(setting_cases)
tests_behaviour_test_namespace_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_namespace_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_namespace_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_namespace_DEPENDENCIES = tests/behaviour/victim$(EXEEXT)

dist_check_SCRIPTS += tests/behaviour/python
EXTRA_DIST += tests/behaviour/reference.py
TESTS += tests/behaviour/python

dist_check_SCRIPTS += tests/behaviour/probes
TESTS += tests/behaviour/probes
