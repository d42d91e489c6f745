# Rules, the file that they come from, and what they set; see tests/behaviour/module.mk.
check_PROGRAMS += tests/behaviour/rules_victim
tests_behaviour_rules_victim_SOURCES = \
	tests/behaviour/rules_victim.c tests/behaviour/placing.c tests/behaviour/placing.h
tests_behaviour_rules_victim_LDADD =
rules_cases = tests/behaviour/ruling.c tests/behaviour/ruling.h $(setting_cases)

behaviour_programs += tests/behaviour/test_rules
tests_behaviour_test_rules_SOURCES = tests/behaviour/test_rules.c $(rules_cases)
tests_behaviour_test_rules_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_rules_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_rules_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_rules_DEPENDENCIES = tests/behaviour/rules_victim$(EXEEXT)

behaviour_programs += tests/behaviour/test_rules_tcp
tests_behaviour_test_rules_tcp_SOURCES = tests/behaviour/test_rules_tcp.c $(rules_cases)
tests_behaviour_test_rules_tcp_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_rules_tcp_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_rules_tcp_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_rules_tcp_DEPENDENCIES = tests/behaviour/rules_victim$(EXEEXT)

behaviour_programs += tests/behaviour/test_rules_file
tests_behaviour_test_rules_file_SOURCES = tests/behaviour/test_rules_file.c $(rules_cases)
tests_behaviour_test_rules_file_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_rules_file_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_rules_file_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_rules_file_DEPENDENCIES = tests/behaviour/rules_victim$(EXEEXT)

behaviour_programs += tests/behaviour/test_rules_reload
tests_behaviour_test_rules_reload_SOURCES = tests/behaviour/test_rules_reload.c $(rules_cases)
tests_behaviour_test_rules_reload_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_rules_reload_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_rules_reload_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_rules_reload_DEPENDENCIES = tests/behaviour/rules_victim$(EXEEXT)

behaviour_programs += tests/behaviour/test_rules_resolve
tests_behaviour_test_rules_resolve_SOURCES = \
	tests/behaviour/test_rules_resolve.c tests/behaviour/nameserver.c \
	tests/behaviour/nameserver.h $(rules_cases)
tests_behaviour_test_rules_resolve_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_rules_resolve_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_rules_resolve_LDADD = $(behaviour_libraries)
EXTRA_tests_behaviour_test_rules_resolve_DEPENDENCIES = tests/behaviour/rules_victim$(EXEEXT)
