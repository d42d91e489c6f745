# Settings, logs, counters and probes, of programs that the tests start.
setting_programs = \
	tests/behaviour/setting/test_log \
	tests/behaviour/setting/test_log_call \
	tests/behaviour/setting/test_log_form \
	tests/behaviour/setting/test_namespace \
	tests/behaviour/setting/test_setting \
	tests/behaviour/setting/test_standard_error \
	tests/behaviour/setting/test_stats \
	tests/behaviour/setting/test_stats_files
behaviour_programs += $(setting_programs)
tests_behaviour_setting_test_stats_LDADD = $(LDADD) src/stats/libstats.la
tests_behaviour_setting_test_stats_files_LDADD = $(tests_behaviour_setting_test_stats_LDADD)

check_PROGRAMS += tests/behaviour/setting/stats_victim
tests_behaviour_setting_stats_victim_LDADD =
$(setting_programs): tests/behaviour/harness/victim$(EXEEXT) tests/behaviour/setting/stats_victim$(EXEEXT)

# Against the schema, and against real programs and a real journald.
log_scripts = tests/behaviour/setting/log tests/behaviour/setting/log_kinds tests/behaviour/setting/journald
dist_check_SCRIPTS += $(log_scripts)
EXTRA_DIST += tests/behaviour/setting/log_schema.py tests/behaviour/setting/log_program.py \
	tests/behaviour/setting/log_calls.py tests/behaviour/setting/log_kinds.py tests/behaviour/setting/log_waits.py
TESTS += $(log_scripts)

dist_check_SCRIPTS += tests/behaviour/setting/python
EXTRA_DIST += tests/behaviour/setting/reference.py
TESTS += tests/behaviour/setting/python

dist_check_SCRIPTS += tests/behaviour/setting/probes tests/behaviour/setting/probes_fired
TESTS += tests/behaviour/setting/probes tests/behaviour/setting/probes_fired
