# Sending; see tests/behaviour/module.mk.
check_LTLIBRARIES += tests/behaviour/libtransmit.la
tests_behaviour_libtransmit_la_SOURCES = tests/behaviour/transmit.c tests/behaviour/transmit.h
tests_behaviour_libtransmit_la_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_libtransmit_la_CFLAGS = $(behaviour_cflags)
transmit_libraries = tests/behaviour/libtransmit.la $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_transmit_stream
tests_behaviour_test_transmit_stream_SOURCES = tests/behaviour/test_transmit_stream.c
tests_behaviour_test_transmit_stream_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_transmit_stream_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_transmit_stream_LDADD = $(transmit_libraries)

behaviour_programs += tests/behaviour/test_transmit_native
tests_behaviour_test_transmit_native_SOURCES = tests/behaviour/test_transmit_native.c
tests_behaviour_test_transmit_native_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_transmit_native_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_transmit_native_LDADD = $(transmit_libraries)

behaviour_programs += tests/behaviour/test_transmit_message
tests_behaviour_test_transmit_message_SOURCES = tests/behaviour/test_transmit_message.c
tests_behaviour_test_transmit_message_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_transmit_message_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_transmit_message_LDADD = $(transmit_libraries)

behaviour_programs += tests/behaviour/test_transmit_file
tests_behaviour_test_transmit_file_SOURCES = tests/behaviour/test_transmit_file.c
tests_behaviour_test_transmit_file_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_transmit_file_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_transmit_file_LDADD = $(transmit_libraries)

behaviour_programs += tests/behaviour/test_transmit_own
tests_behaviour_test_transmit_own_SOURCES = tests/behaviour/test_transmit_own.c
tests_behaviour_test_transmit_own_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_transmit_own_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_transmit_own_LDADD = $(transmit_libraries)

behaviour_programs += tests/behaviour/test_transmit_flags
tests_behaviour_test_transmit_flags_SOURCES = tests/behaviour/test_transmit_flags.c
tests_behaviour_test_transmit_flags_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_transmit_flags_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_transmit_flags_LDADD = $(transmit_libraries)

behaviour_programs += tests/behaviour/test_transmit_break
tests_behaviour_test_transmit_break_SOURCES = tests/behaviour/test_transmit_break.c
tests_behaviour_test_transmit_break_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_transmit_break_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_transmit_break_LDADD = $(transmit_libraries)
