# Receiving; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_receive_batch \
	tests/behaviour/test_receive_errors \
	tests/behaviour/test_receive_flags \
	tests/behaviour/test_receive_message \
	tests/behaviour/test_receive_race \
	tests/behaviour/test_receive_urgent \
	tests/behaviour/test_receive_waitall

check_PROGRAMS += tests/behaviour/random_calls
tests_behaviour_random_calls_LDADD =
dist_check_SCRIPTS += tests/behaviour/differs
TESTS += tests/behaviour/differs
