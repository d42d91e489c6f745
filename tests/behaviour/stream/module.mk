# stdio streams on sockets.
behaviour_programs += \
	tests/behaviour/stream/test_stream_flush \
	tests/behaviour/stream/test_stream_interrupted \
	tests/behaviour/stream/test_stream_open \
	tests/behaviour/stream/test_stream_read \
	tests/behaviour/stream/test_stream_standard \
	tests/behaviour/stream/test_stream_timer \
	tests/behaviour/stream/test_stream_wait \
	tests/behaviour/stream/test_stream_write

# Not position-independent: the program has copies of stdin, stdout and stderr.
check_PROGRAMS += tests/behaviour/stream/stdio_victim
tests_behaviour_stream_stdio_victim_CFLAGS = $(AM_CFLAGS) -fno-pie
tests_behaviour_stream_stdio_victim_LDFLAGS = -no-pie
tests_behaviour_stream_stdio_victim_LDADD =
EXTRA_tests_behaviour_stream_test_stream_standard_DEPENDENCIES = tests/behaviour/stream/stdio_victim$(EXEEXT)
