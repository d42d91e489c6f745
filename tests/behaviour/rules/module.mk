# Rules, the files that contain rules, and channels inside a program.
rules_programs = \
	tests/behaviour/rules/test_channel \
	tests/behaviour/rules/test_reply \
	tests/behaviour/rules/test_rules \
	tests/behaviour/rules/test_rules_file \
	tests/behaviour/rules/test_rules_reload \
	tests/behaviour/rules/test_rules_resolve \
	tests/behaviour/rules/test_rules_tcp \
	tests/behaviour/rules/test_spec_alone
behaviour_programs += $(rules_programs)

# The program that the tests start.
check_PROGRAMS += tests/behaviour/rules/rules_victim
tests_behaviour_rules_rules_victim_SOURCES = \
	tests/behaviour/rules/rules_victim.c tests/behaviour/rules/placing.c tests/behaviour/rules/placing.h
tests_behaviour_rules_rules_victim_LDADD =
$(rules_programs): tests/behaviour/rules/rules_victim$(EXEEXT)
