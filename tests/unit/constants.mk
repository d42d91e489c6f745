# The constant tables: by themselves, and against the system's headers in both directions.
if HAVE_CHECK
check_PROGRAMS += tests/unit/test_constants
TESTS += tests/unit/test_constants
endif
tests_unit_test_constants_LDADD = $(unit_libraries)

# They ask $(CC) for the headers.
AM_TESTS_ENVIRONMENT += CC='$(CC)'; AWK='$(AWK)'; export CC AWK;
dist_check_SCRIPTS += scripts/compare-constants tests/unit/compare_constants.sh
EXTRA_DIST += scripts/compare-constants.awk
TESTS += scripts/compare-constants tests/unit/compare_constants.sh

# Against Python's module socket.
dist_check_SCRIPTS += tests/unit/compare_python.sh
TESTS += tests/unit/compare_python.sh
