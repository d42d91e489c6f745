# Built by scripts/bench alone: not linked with the library, which is preloaded into it.
EXTRA_PROGRAMS += tests/bench/bench
CLEANFILES += tests/bench/bench$(EXEEXT)
tests_bench_bench_SOURCES = \
	tests/bench/bench.c tests/bench/bench.h \
	tests/bench/cases.c tests/bench/pairs.c tests/bench/waits.c
tests_bench_bench_LDADD = -lm
