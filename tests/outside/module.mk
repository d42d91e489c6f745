# What is bounded from outside: the judgement by itself, and real programs under the launcher.
if HAVE_CHECK
check_PROGRAMS += tests/outside/test_judge tests/outside/test_permission
TESTS += tests/outside/test_judge tests/outside/test_permission
endif
tests_outside_test_judge_SOURCES = \
	tests/outside/test_judge.c \
	src/launcher/outside/judge.c src/launcher/outside/judge.h
tests_outside_test_judge_LDADD = $(CHECK_LIBS)
tests_outside_test_permission_SOURCES = \
	tests/outside/test_permission.c \
	src/launcher/outside/permission.c src/launcher/outside/permission.h \
	src/launcher/proc.c src/launcher/proc.h
tests_outside_test_permission_LDADD = $(CHECK_LIBS)

outside_tests = tests/outside/attach tests/outside/bounded tests/outside/go tests/outside/harmless \
	tests/outside/options tests/outside/race tests/outside/reply tests/outside/untouched
dist_check_SCRIPTS += $(outside_tests)
EXTRA_DIST += tests/outside/common.py tests/outside/victim.c tests/outside/victim.h
TESTS += $(outside_tests)
