# Streams, and libraries that are loaded; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_load \
	tests/behaviour/test_stream_flush \
	tests/behaviour/test_stream_interrupted \
	tests/behaviour/test_stream_open \
	tests/behaviour/test_stream_read \
	tests/behaviour/test_stream_standard \
	tests/behaviour/test_stream_timer \
	tests/behaviour/test_stream_wait \
	tests/behaviour/test_stream_write

# A library that is loaded with RTLD_DEEPBIND, by its name alone: the test's DT_RUNPATH finds it.
# -rpath makes libtool build a shared one, which is not installed.
check_LTLIBRARIES += tests/behaviour/deep.la
tests_behaviour_deep_la_SOURCES = tests/behaviour/deep.c
tests_behaviour_deep_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
tests_behaviour_test_load_LDFLAGS = -Wl,--enable-new-dtags -Wl,-rpath,'$$ORIGIN/.libs'
EXTRA_tests_behaviour_test_load_DEPENDENCIES = tests/behaviour/deep.la

# Not position-independent: the program has copies of stdin and its kind.
check_PROGRAMS += tests/behaviour/stdio_victim
tests_behaviour_stdio_victim_CFLAGS = $(AM_CFLAGS) -fno-pie
tests_behaviour_stdio_victim_LDFLAGS = -no-pie
tests_behaviour_stdio_victim_LDADD =
EXTRA_tests_behaviour_test_stream_standard_DEPENDENCIES = tests/behaviour/stdio_victim$(EXEEXT)
