# Receiving; see tests/behaviour/module.mk.
receive_programs = \
	tests/behaviour/test_receive \
	tests/behaviour/test_receive_waitall \
	tests/behaviour/test_receive_urgent \
	tests/behaviour/test_receive_flags \
	tests/behaviour/test_receive_message \
	tests/behaviour/test_receive_batch \
	tests/behaviour/test_receive_errors \
	tests/behaviour/test_receive_race
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

tests_behaviour_test_receive_urgent_SOURCES = tests/behaviour/test_receive_urgent.c \
	tests/behaviour/receiving.c tests/behaviour/receiving.h
tests_behaviour_test_receive_urgent_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_receive_urgent_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_receive_urgent_LDADD = $(behaviour_libraries)

tests_behaviour_test_receive_flags_SOURCES = tests/behaviour/test_receive_flags.c \
	tests/behaviour/receiving.c tests/behaviour/receiving.h
tests_behaviour_test_receive_flags_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_receive_flags_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_receive_flags_LDADD = $(behaviour_libraries)

tests_behaviour_test_receive_message_SOURCES = tests/behaviour/test_receive_message.c \
	tests/behaviour/receiving.c tests/behaviour/receiving.h
tests_behaviour_test_receive_message_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_receive_message_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_receive_message_LDADD = $(behaviour_libraries)

tests_behaviour_test_receive_batch_SOURCES = tests/behaviour/test_receive_batch.c \
	tests/behaviour/receiving.c tests/behaviour/receiving.h
tests_behaviour_test_receive_batch_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_receive_batch_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_receive_batch_LDADD = $(behaviour_libraries)

tests_behaviour_test_receive_errors_SOURCES = tests/behaviour/test_receive_errors.c \
	tests/behaviour/receiving.c tests/behaviour/receiving.h
tests_behaviour_test_receive_errors_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_receive_errors_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_receive_errors_LDADD = $(behaviour_libraries)

tests_behaviour_test_receive_race_SOURCES = tests/behaviour/test_receive_race.c \
	tests/behaviour/receiving.c tests/behaviour/receiving.h
tests_behaviour_test_receive_race_CPPFLAGS = $(behaviour_cppflags) $(UNFORTIFIED_CPPFLAGS)
tests_behaviour_test_receive_race_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_receive_race_LDADD = $(behaviour_libraries)
