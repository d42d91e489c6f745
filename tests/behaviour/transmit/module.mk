# Sending.
behaviour_programs += \
	tests/behaviour/transmit/test_partial \
	tests/behaviour/transmit/test_refused \
	tests/behaviour/transmit/test_refused_file \
	tests/behaviour/transmit/test_transmit_break \
	tests/behaviour/transmit/test_transmit_file \
	tests/behaviour/transmit/test_transmit_flags \
	tests/behaviour/transmit/test_transmit_message \
	tests/behaviour/transmit/test_transmit_native \
	tests/behaviour/transmit/test_transmit_own \
	tests/behaviour/transmit/test_transmit_slices \
	tests/behaviour/transmit/test_transmit_stream
