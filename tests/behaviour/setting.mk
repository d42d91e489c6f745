# Settings and logs, tried on a program of their own. See tests/behaviour/module.mk.
setting_programs = \
	tests/behaviour/test_log \
	tests/behaviour/test_log_call \
	tests/behaviour/test_log_form \
	tests/behaviour/test_namespace \
	tests/behaviour/test_setting \
	tests/behaviour/test_standard_error \
	tests/behaviour/test_stats \
	tests/behaviour/test_stats_files
behaviour_programs += $(setting_programs)
tests_behaviour_test_stats_LDADD = $(LDADD) src/stats/libstats.la
tests_behaviour_test_stats_files_LDADD = $(tests_behaviour_test_stats_LDADD)

# The programs that they start.
check_PROGRAMS += tests/behaviour/victim tests/behaviour/stats_victim
tests_behaviour_victim_LDADD =
tests_behaviour_stats_victim_LDADD =
$(setting_programs): tests/behaviour/victim$(EXEEXT) tests/behaviour/stats_victim$(EXEEXT)

# Against the schema, and against real programs and a real journald.
log_scripts = tests/behaviour/log tests/behaviour/log_kinds tests/behaviour/journald
dist_check_SCRIPTS += $(log_scripts)
EXTRA_DIST += tests/behaviour/log_schema.py tests/behaviour/log_program.py \
	tests/behaviour/log_calls.py tests/behaviour/log_kinds.py tests/behaviour/log_waits.py
TESTS += $(log_scripts)

dist_check_SCRIPTS += tests/behaviour/python
EXTRA_DIST += tests/behaviour/reference.py
TESTS += tests/behaviour/python

dist_check_SCRIPTS += tests/behaviour/probes tests/behaviour/probes_fired
TESTS += tests/behaviour/probes tests/behaviour/probes_fired
