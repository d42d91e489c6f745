# Receiving; see tests/behaviour/module.mk.
receive_programs = \
	tests/behaviour/test_receive \
	tests/behaviour/test_receive_waitall
behaviour_programs += $(receive_programs)

tests_behaviour_test_receive_SOURCES = tests/behaviour/test_receive.c \
	tests/behaviour/receiving.c tests/behaviour/receiving.h
tests_behaviour_test_receive_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_receive_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_receive_LDADD = $(behaviour_libraries)

tests_behaviour_test_receive_waitall_SOURCES = tests/behaviour/test_receive_waitall.c \
	tests/behaviour/receiving.c tests/behaviour/receiving.h
tests_behaviour_test_receive_waitall_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_receive_waitall_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_receive_waitall_LDADD = $(behaviour_libraries)
