# Faults; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_chaos \
	tests/behaviour/test_chaos_data \
	tests/behaviour/test_chaos_edges \
	tests/behaviour/test_chaos_late

# Exactly which calls, the seed, and real programs.
dist_check_SCRIPTS += tests/behaviour/chaos
EXTRA_DIST += tests/behaviour/chaos_connect.py tests/behaviour/chaos_event.py \
	tests/behaviour/chaos_event.js tests/behaviour/chaos_server.py
TESTS += tests/behaviour/chaos
