# Readiness waits; see tests/behaviour/module.mk.
check_LTLIBRARIES += tests/behaviour/libwaiting.la
tests_behaviour_libwaiting_la_SOURCES = tests/behaviour/waiting.c tests/behaviour/waiting.h
tests_behaviour_libwaiting_la_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_libwaiting_la_CFLAGS = $(behaviour_cflags)
ready_cppflags = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
ready_libraries = tests/behaviour/libwaiting.la $(behaviour_libraries)

behaviour_programs += tests/behaviour/test_ready_native
tests_behaviour_test_ready_native_SOURCES = tests/behaviour/test_ready_native.c
tests_behaviour_test_ready_native_CPPFLAGS = $(ready_cppflags)
tests_behaviour_test_ready_native_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_ready_native_LDADD = $(ready_libraries)

behaviour_programs += tests/behaviour/test_ready_silent
tests_behaviour_test_ready_silent_SOURCES = tests/behaviour/test_ready_silent.c
tests_behaviour_test_ready_silent_CPPFLAGS = $(ready_cppflags)
tests_behaviour_test_ready_silent_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_ready_silent_LDADD = $(ready_libraries)

behaviour_programs += tests/behaviour/test_ready_slices
tests_behaviour_test_ready_slices_SOURCES = tests/behaviour/test_ready_slices.c
tests_behaviour_test_ready_slices_CPPFLAGS = $(ready_cppflags)
tests_behaviour_test_ready_slices_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_ready_slices_LDADD = $(ready_libraries)

behaviour_programs += tests/behaviour/test_ready_alone
tests_behaviour_test_ready_alone_SOURCES = tests/behaviour/test_ready_alone.c
tests_behaviour_test_ready_alone_CPPFLAGS = $(ready_cppflags)
tests_behaviour_test_ready_alone_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_ready_alone_LDADD = $(ready_libraries)

behaviour_programs += tests/behaviour/test_ready_connect
tests_behaviour_test_ready_connect_SOURCES = tests/behaviour/test_ready_connect.c
tests_behaviour_test_ready_connect_CPPFLAGS = $(ready_cppflags)
tests_behaviour_test_ready_connect_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_ready_connect_LDADD = $(ready_libraries)

behaviour_programs += tests/behaviour/test_ready_epoll
tests_behaviour_test_ready_epoll_SOURCES = tests/behaviour/test_ready_epoll.c
tests_behaviour_test_ready_epoll_CPPFLAGS = $(ready_cppflags)
tests_behaviour_test_ready_epoll_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_ready_epoll_LDADD = $(ready_libraries)

behaviour_programs += tests/behaviour/test_ready_number
tests_behaviour_test_ready_number_SOURCES = tests/behaviour/test_ready_number.c
tests_behaviour_test_ready_number_CPPFLAGS = $(ready_cppflags)
tests_behaviour_test_ready_number_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_ready_number_LDADD = $(ready_libraries)

behaviour_programs += tests/behaviour/test_ready_signal
tests_behaviour_test_ready_signal_SOURCES = tests/behaviour/test_ready_signal.c
tests_behaviour_test_ready_signal_CPPFLAGS = $(ready_cppflags)
tests_behaviour_test_ready_signal_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_ready_signal_LDADD = $(ready_libraries)

behaviour_programs += tests/behaviour/test_ready_threads
tests_behaviour_test_ready_threads_SOURCES = tests/behaviour/test_ready_threads.c
tests_behaviour_test_ready_threads_CPPFLAGS = $(ready_cppflags)
tests_behaviour_test_ready_threads_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_ready_threads_LDADD = $(ready_libraries)

check_PROGRAMS += tests/behaviour/waits_victim
tests_behaviour_waits_victim_SOURCES = tests/behaviour/waits_victim.c
tests_behaviour_waits_victim_CPPFLAGS = $(ready_cppflags)
tests_behaviour_waits_victim_CFLAGS = $(behaviour_cflags)
tests_behaviour_waits_victim_LDADD = $(behaviour_libraries)
dist_check_SCRIPTS += tests/behaviour/idle
EXTRA_DIST += tests/behaviour/waits_server.py tests/behaviour/waits_client.js
TESTS += tests/behaviour/idle
