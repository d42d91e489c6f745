# Faults; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_chaos_aside \
	tests/behaviour/test_chaos_data \
	tests/behaviour/test_chaos_delay \
	tests/behaviour/test_chaos_edges \
	tests/behaviour/test_chaos_error \
	tests/behaviour/test_chaos_late \
	tests/behaviour/test_chaos_reset \
	tests/behaviour/test_chaos_member \
	tests/behaviour/test_chaos_wait \
	tests/behaviour/test_fault_table

tests_behaviour_test_fault_table_SOURCES = \
	tests/behaviour/table.h tests/behaviour/table_run.c tests/behaviour/test_fault_table.c

# Exactly which calls, the seed, and real programs.
dist_check_SCRIPTS += tests/behaviour/chaos tests/behaviour/chaos_network
EXTRA_DIST += tests/behaviour/chaos_connect.py tests/behaviour/chaos_event.py \
	tests/behaviour/chaos_event.js tests/behaviour/chaos_network.py \
	tests/behaviour/chaos_server.py
TESTS += tests/behaviour/chaos tests/behaviour/chaos_network
