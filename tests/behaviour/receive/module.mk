# Receiving.
behaviour_programs += \
	tests/behaviour/receive/test_receive_batch \
	tests/behaviour/receive/test_receive_errors \
	tests/behaviour/receive/test_receive_flags \
	tests/behaviour/receive/test_receive_message \
	tests/behaviour/receive/test_receive_peek \
	tests/behaviour/receive/test_receive_race \
	tests/behaviour/receive/test_receive_urgent \
	tests/behaviour/receive/test_receive_waitall

check_PROGRAMS += tests/behaviour/receive/random_calls
tests_behaviour_receive_random_calls_LDADD =
dist_check_SCRIPTS += tests/behaviour/receive/differs
TESTS += tests/behaviour/receive/differs
