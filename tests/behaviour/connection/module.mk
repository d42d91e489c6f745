# connect, accept, descriptor numbers, and the timers of sockets.
behaviour_programs += \
	tests/behaviour/connection/test_accept \
	tests/behaviour/connection/test_accept_race \
	tests/behaviour/connection/test_connect \
	tests/behaviour/connection/test_connect_native \
	tests/behaviour/connection/test_descriptor \
	tests/behaviour/connection/test_number \
	tests/behaviour/connection/test_number_file \
	tests/behaviour/connection/test_number_race \
	tests/behaviour/connection/test_number_raw \
	tests/behaviour/connection/test_timer \
	tests/behaviour/connection/test_timer_jump \
	tests/behaviour/connection/test_timer_left
