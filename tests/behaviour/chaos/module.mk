# Faults.
behaviour_programs += \
	tests/behaviour/chaos/test_chaos_aside \
	tests/behaviour/chaos/test_chaos_connect \
	tests/behaviour/chaos/test_chaos_data \
	tests/behaviour/chaos/test_chaos_datagram \
	tests/behaviour/chaos/test_chaos_delay \
	tests/behaviour/chaos/test_chaos_edges \
	tests/behaviour/chaos/test_chaos_epoll \
	tests/behaviour/chaos/test_chaos_error \
	tests/behaviour/chaos/test_chaos_late \
	tests/behaviour/chaos/test_chaos_member \
	tests/behaviour/chaos/test_chaos_reset \
	tests/behaviour/chaos/test_chaos_wait

# The seed, the exact calls that get a fault, and real programs.
dist_check_SCRIPTS += tests/behaviour/chaos/programs tests/behaviour/chaos/chaos_network
EXTRA_DIST += tests/behaviour/chaos/chaos_connect.py tests/behaviour/chaos/chaos_event.py \
	tests/behaviour/chaos/chaos_event.js tests/behaviour/chaos/chaos_network.py \
	tests/behaviour/chaos/chaos_server.py
TESTS += tests/behaviour/chaos/programs tests/behaviour/chaos/chaos_network
