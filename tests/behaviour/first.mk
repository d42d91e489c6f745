# See tests/behaviour/module.mk.
behaviour_programs += tests/behaviour/test_first tests/behaviour/test_table

# The table of scenarios and calls.
tests_behaviour_test_table_SOURCES = \
	tests/behaviour/table.h \
	tests/behaviour/table_plain.c \
	tests/behaviour/table_process.c \
	tests/behaviour/table_run.c \
	tests/behaviour/table_signal.c \
	tests/behaviour/test_table.c
tests_behaviour_test_table_LDADD = tests/behaviour/libunwound.la $(LDADD)
