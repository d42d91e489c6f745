# The parsers of SPEC and of rules under libFuzzer, for a bounded time.
dist_check_SCRIPTS += tests/fuzz/fuzz
EXTRA_DIST += tests/fuzz/fuzz_spec.c tests/fuzz/spec.dict tests/fuzz/corpus-spec \
	tests/fuzz/fuzz_rules.c tests/fuzz/rules.dict tests/fuzz/corpus-rules
TESTS += tests/fuzz/fuzz
