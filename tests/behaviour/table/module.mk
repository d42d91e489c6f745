# The tables: every scenario times every call; and every rule with its calls.
behaviour_programs += \
	tests/behaviour/table/test_fault_table \
	tests/behaviour/table/test_table

tests_behaviour_table_test_table_SOURCES = \
	tests/behaviour/table/table.h \
	tests/behaviour/table/table_plain.c \
	tests/behaviour/table/table_process.c \
	tests/behaviour/table/table_run.c \
	tests/behaviour/table/table_signal.c \
	tests/behaviour/table/test_table.c
tests_behaviour_table_test_table_LDADD = tests/behaviour/process/libunwound.la $(LDADD)

tests_behaviour_table_test_fault_table_SOURCES = \
	tests/behaviour/table/table.h tests/behaviour/table/table_run.c tests/behaviour/table/test_fault_table.c
