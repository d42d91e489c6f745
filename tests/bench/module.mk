# Only scripts/bench builds the benchmark. The benchmark is not linked with the library, but preloads the library.
EXTRA_PROGRAMS += tests/bench/bench
CLEANFILES += tests/bench/bench$(EXEEXT)
tests_bench_bench_SOURCES = \
	tests/bench/bench.c tests/bench/bench.h \
	tests/bench/cases.c tests/bench/pairs.c tests/bench/sockets.c tests/bench/sockets.h tests/bench/waits.c
tests_bench_bench_LDADD = -lm
