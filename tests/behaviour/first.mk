behaviour_programs += tests/behaviour/test_first
tests_behaviour_test_first_SOURCES = tests/behaviour/test_first.c
tests_behaviour_test_first_CPPFLAGS = $(behaviour_cppflags)
tests_behaviour_test_first_CFLAGS = $(behaviour_cflags)
tests_behaviour_test_first_LDADD = $(behaviour_libraries)
