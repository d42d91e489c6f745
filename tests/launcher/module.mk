AM_TESTS_ENVIRONMENT += libdir='$(libdir)'; export libdir;
launcher_tests = tests/launcher/launcher tests/launcher/reach
dist_check_SCRIPTS += $(launcher_tests)
EXTRA_DIST += tests/launcher/common.sh
TESTS += $(launcher_tests)
