# The counters' file, for the library, which writes it, and the launcher, which reads it.
noinst_LTLIBRARIES += src/stats/libstats.la
src_stats_libstats_la_CFLAGS = $(LIBRARY_CFLAGS)
src_stats_libstats_la_SOURCES = \
	src/stats/layout.c src/stats/layout.h \
	src/stats/name.c src/stats/name.h \
	src/stats/summary.h
