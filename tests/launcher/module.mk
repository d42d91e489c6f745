AM_TESTS_ENVIRONMENT += libdir='$(libdir)'; sysconfdir='$(sysconfdir)'; export libdir sysconfdir;
launcher_tests = tests/launcher/check tests/launcher/deployment tests/launcher/documents tests/launcher/fail tests/launcher/launcher \
	tests/launcher/prometheus tests/launcher/reach tests/launcher/rules tests/launcher/summary \
	tests/launcher/watch
dist_check_SCRIPTS += $(launcher_tests)
EXTRA_DIST += tests/launcher/common.sh tests/launcher/jobs.py tests/launcher/preloaded
TESTS += $(launcher_tests)
