# Rules, the file that they come from, and what they set; see tests/behaviour/module.mk.
rules_programs = \
	tests/behaviour/test_channel \
	tests/behaviour/test_reply \
	tests/behaviour/test_rules \
	tests/behaviour/test_rules_file \
	tests/behaviour/test_rules_reload \
	tests/behaviour/test_rules_resolve \
	tests/behaviour/test_rules_tcp
behaviour_programs += $(rules_programs)

# The program that they start.
check_PROGRAMS += tests/behaviour/rules_victim
tests_behaviour_rules_victim_SOURCES = \
	tests/behaviour/rules_victim.c tests/behaviour/placing.c tests/behaviour/placing.h
tests_behaviour_rules_victim_LDADD =
$(rules_programs): tests/behaviour/rules_victim$(EXEEXT)
