# See tests/behaviour/module.mk.
behaviour_programs += tests/behaviour/test_stream_read
tests_behaviour_test_stream_read_SOURCES = tests/behaviour/test_stream_read.c \
	tests/behaviour/stream.c tests/behaviour/stream.h
tests_behaviour_test_stream_read_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_stream_read_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_stream_read_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_stream_interrupted
tests_behaviour_test_stream_interrupted_SOURCES = tests/behaviour/test_stream_interrupted.c \
	tests/behaviour/stream.c tests/behaviour/stream.h
tests_behaviour_test_stream_interrupted_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_stream_interrupted_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_stream_interrupted_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_stream_write
tests_behaviour_test_stream_write_SOURCES = tests/behaviour/test_stream_write.c \
	tests/behaviour/stream.c tests/behaviour/stream.h
tests_behaviour_test_stream_write_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_stream_write_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_stream_write_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_stream_flush
tests_behaviour_test_stream_flush_SOURCES = tests/behaviour/test_stream_flush.c \
	tests/behaviour/stream.c tests/behaviour/stream.h
tests_behaviour_test_stream_flush_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_stream_flush_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_stream_flush_LDADD = $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_stream_timer
tests_behaviour_test_stream_timer_SOURCES = tests/behaviour/test_stream_timer.c \
	tests/behaviour/stream.c tests/behaviour/stream.h
tests_behaviour_test_stream_timer_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_stream_timer_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_stream_timer_LDADD = $(behaviour_libraries)

# A library that is loaded with RTLD_DEEPBIND, by its name alone: the test's DT_RUNPATH finds it.
# -rpath makes libtool build a shared one, which is not installed.
check_LTLIBRARIES += tests/behaviour/deep.la
tests_behaviour_deep_la_SOURCES = tests/behaviour/deep.c
tests_behaviour_deep_la_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_deep_la_CFLAGS = $(behaviour_cflags)
tests_behaviour_deep_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere

behaviour_programs += tests/behaviour/test_load
tests_behaviour_test_load_SOURCES = tests/behaviour/test_load.c
tests_behaviour_test_load_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_load_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_load_LDFLAGS = -Wl,--enable-new-dtags -Wl,-rpath,'$$ORIGIN/.libs'
tests_behaviour_test_load_LDADD = $(behaviour_libraries)
tests_behaviour_test_load_DEPENDENCIES = tests/behaviour/libharness.la tests/behaviour/deep.la
