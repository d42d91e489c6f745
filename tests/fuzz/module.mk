# The parser of SPEC under libFuzzer, for a bounded time.
dist_check_SCRIPTS += tests/fuzz/fuzz
EXTRA_DIST += tests/fuzz/fuzz_spec.c tests/fuzz/spec.dict tests/fuzz/corpus-spec
TESTS += tests/fuzz/fuzz
