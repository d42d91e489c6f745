# Readiness waits; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_ready_alone \
	tests/behaviour/test_ready_connect \
	tests/behaviour/test_ready_epoll \
	tests/behaviour/test_ready_long \
	tests/behaviour/test_ready_member \
	tests/behaviour/test_ready_native \
	tests/behaviour/test_ready_nested \
	tests/behaviour/test_ready_number \
	tests/behaviour/test_ready_one_shot \
	tests/behaviour/test_ready_signal \
	tests/behaviour/test_ready_silent \
	tests/behaviour/test_ready_slices \
	tests/behaviour/test_ready_threads

check_PROGRAMS += tests/behaviour/waits_victim
dist_check_SCRIPTS += tests/behaviour/idle
EXTRA_DIST += tests/behaviour/waits_server.py tests/behaviour/waits_client.js
TESTS += tests/behaviour/idle
