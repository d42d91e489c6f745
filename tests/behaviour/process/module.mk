# Signals, threads, forks, memory and sandboxes.
behaviour_programs += \
	tests/behaviour/process/test_filters \
	tests/behaviour/process/test_first \
	tests/behaviour/process/test_fork \
	tests/behaviour/process/test_memory \
	tests/behaviour/process/test_memory_there \
	tests/behaviour/process/test_no_memory \
	tests/behaviour/process/test_sandbox \
	tests/behaviour/process/test_signal_inside \
	tests/behaviour/process/test_signal_kinds \
	tests/behaviour/process/test_syscall \
	tests/behaviour/process/test_syscall_handler \
	tests/behaviour/process/test_syscall_number \
	tests/behaviour/process/test_threads

tests_behaviour_process_test_threads_LDADD = tests/behaviour/process/libunwound.la $(LDADD)
check_LTLIBRARIES += tests/behaviour/process/libunwound.la
tests_behaviour_process_libunwound_la_SOURCES = tests/behaviour/process/unwound.c tests/behaviour/process/unwound.h
tests_behaviour_process_libunwound_la_CFLAGS = $(AM_CFLAGS) -fexceptions

# Under ThreadSanitizer, and under valgrind.
dist_check_SCRIPTS += tests/behaviour/process/race tests/behaviour/process/memcheck tests/behaviour/process/filter
EXTRA_DIST += tests/behaviour/process/threaded.c tests/behaviour/process/reloading.c
TESTS += tests/behaviour/process/race tests/behaviour/process/memcheck tests/behaviour/process/filter
