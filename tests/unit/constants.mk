# The constant tables: by themselves, and against the system's headers in both directions.
if HAVE_CHECK
check_PROGRAMS += tests/unit/test_constants
TESTS += tests/unit/test_constants
endif
tests_unit_test_constants_SOURCES = tests/unit/test_constants.c tests/unit/run.h
tests_unit_test_constants_CPPFLAGS = $(unit_cppflags)
tests_unit_test_constants_CFLAGS = $(unit_cflags)
tests_unit_test_constants_LDADD = \
	src/constants/libconstants.la src/base/libbase.la $(CHECK_LIBS)

# They ask $(CC) for the headers.
AM_TESTS_ENVIRONMENT += CC='$(CC)'; AWK='$(AWK)'; export CC AWK;
dist_check_SCRIPTS += scripts/compare-constants tests/unit/compare_constants.sh
EXTRA_DIST += scripts/compare-constants.awk
TESTS += scripts/compare-constants tests/unit/compare_constants.sh
