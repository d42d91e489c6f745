# Sending; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_partial \
	tests/behaviour/test_spec_alone \
	tests/behaviour/test_refused \
	tests/behaviour/test_refused_file \
	tests/behaviour/test_transmit_break \
	tests/behaviour/test_transmit_file \
	tests/behaviour/test_transmit_flags \
	tests/behaviour/test_transmit_message \
	tests/behaviour/test_transmit_native \
	tests/behaviour/test_transmit_own \
	tests/behaviour/test_transmit_slices \
	tests/behaviour/test_transmit_stream
