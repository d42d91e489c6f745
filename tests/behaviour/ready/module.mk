# Readiness waits.
behaviour_programs += \
	tests/behaviour/ready/test_ready_alone \
	tests/behaviour/ready/test_ready_connect \
	tests/behaviour/ready/test_ready_epoll \
	tests/behaviour/ready/test_ready_long \
	tests/behaviour/ready/test_ready_member \
	tests/behaviour/ready/test_ready_native \
	tests/behaviour/ready/test_ready_nested \
	tests/behaviour/ready/test_ready_number \
	tests/behaviour/ready/test_ready_one_shot \
	tests/behaviour/ready/test_ready_signal \
	tests/behaviour/ready/test_ready_silent \
	tests/behaviour/ready/test_ready_slices \
	tests/behaviour/ready/test_ready_threads

check_PROGRAMS += tests/behaviour/ready/waits_victim
dist_check_SCRIPTS += tests/behaviour/ready/idle
EXTRA_DIST += tests/behaviour/ready/waits_server.py tests/behaviour/ready/waits_client.js
TESTS += tests/behaviour/ready/idle
