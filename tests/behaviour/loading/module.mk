# The library in a program: the order of libraries, the exported functions, and the system calls that the
# library adds.
behaviour_programs += \
	tests/behaviour/loading/test_direct \
	tests/behaviour/loading/test_exports \
	tests/behaviour/loading/test_load \
	tests/behaviour/loading/test_order

# Other libraries. -rpath makes libtool build a shared object that is not installed.
check_LTLIBRARIES += tests/behaviour/loading/libneighbour.la tests/behaviour/loading/libstandin.la
tests_behaviour_loading_libneighbour_la_SOURCES = tests/behaviour/loading/neighbour.c
tests_behaviour_loading_libneighbour_la_LDFLAGS = -avoid-version -shared -rpath /nowhere
tests_behaviour_loading_libstandin_la_SOURCES = tests/behaviour/loading/standin.c
tests_behaviour_loading_libstandin_la_LDFLAGS = -avoid-version -shared -rpath /nowhere

check_PROGRAMS += tests/behaviour/loading/order_victim tests/behaviour/loading/open_victim
tests_behaviour_loading_order_victim_LDFLAGS = -no-install
tests_behaviour_loading_order_victim_LDADD = tests/behaviour/loading/libneighbour.la
tests_behaviour_loading_open_victim_LDADD =
EXTRA_tests_behaviour_loading_test_order_DEPENDENCIES = \
	tests/behaviour/loading/order_victim$(EXEEXT) tests/behaviour/loading/open_victim$(EXEEXT)

# A library that is loaded with RTLD_DEEPBIND, by its name alone: the test's DT_RUNPATH finds it.
check_LTLIBRARIES += tests/behaviour/loading/deep.la
tests_behaviour_loading_deep_la_SOURCES = tests/behaviour/loading/deep.c
tests_behaviour_loading_deep_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
tests_behaviour_loading_test_load_LDFLAGS = -Wl,--enable-new-dtags -Wl,-rpath,'$$ORIGIN/.libs'
EXTRA_tests_behaviour_loading_test_load_DEPENDENCIES = tests/behaviour/loading/deep.la

# strace counts system calls: of each wrapped call; and without settings and under filters.
check_PROGRAMS += tests/behaviour/loading/syscalls_victim tests/behaviour/loading/filtered
tests_behaviour_loading_syscalls_victim_SOURCES = \
	tests/behaviour/loading/syscalls_victim.c tests/behaviour/loading/syscalls_victim.h \
	tests/behaviour/loading/syscalls_files.c tests/behaviour/loading/syscalls_ready.c
tests_behaviour_loading_filtered_LDADD =
loading_scripts = tests/behaviour/loading/syscalls tests/behaviour/loading/absent \
	tests/behaviour/loading/symbols tests/behaviour/loading/imports
dist_check_SCRIPTS += $(loading_scripts)
# compare-calls: the lists of wrapped calls in the man page and in calls.def are the same.
TESTS += $(loading_scripts) scripts/compare-calls
