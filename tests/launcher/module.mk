AM_TESTS_ENVIRONMENT += libdir='$(libdir)'; export libdir;
dist_check_SCRIPTS += tests/launcher/launcher
TESTS += tests/launcher/launcher
