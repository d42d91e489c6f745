# Behaviour: real processes under the real library, each program natively, with a timeout that is
# not reached, and with a short one (tests/behaviour/harness/harness.h).
AM_TESTS_ENVIRONMENT += SOCKTIMEOUT_TEST_LIBRARY='$(abs_top_builddir)/.libs/libsocktimeout.so'; \
	export SOCKTIMEOUT_TEST_LIBRARY;

# A program is a line in behaviour_programs, in the module.mk of its folder: by default it is made of the source of
# its name and of the harness.
if HAVE_CHECK
behaviour_programs =
include tests/behaviour/harness/module.mk
include tests/behaviour/table/module.mk
include tests/behaviour/setting/module.mk
include tests/behaviour/rules/module.mk
include tests/behaviour/process/module.mk
include tests/behaviour/loading/module.mk
include tests/behaviour/connection/module.mk
include tests/behaviour/transmit/module.mk
include tests/behaviour/receive/module.mk
include tests/behaviour/ready/module.mk
include tests/behaviour/resolve/module.mk
include tests/behaviour/stream/module.mk
include tests/behaviour/chaos/module.mk
check_PROGRAMS += $(behaviour_programs)
TESTS += $(behaviour_programs)

# For a second compiler, which compiles all programs: the table, and what a compiler may change, such as stacks,
# handlers, thread-local storage, the order of memory, and the way from the constructor to libc.
compiler_programs = $(unit_programs) $(filter tests/behaviour/table/% tests/behaviour/process/% \
	tests/behaviour/loading/% tests/behaviour/stream/test_stream_i% tests/behaviour/stream/test_stream_s% \
	tests/behaviour/ready/test_ready_threads tests/behaviour/connection/test_accept_race \
	tests/behaviour/connection/test_number_race tests/behaviour/receive/test_receive_race, $(behaviour_programs))
endif
