# The counters' file, as the library writes it and the launcher reads it.
noinst_LTLIBRARIES += src/stats/libstats.la
src_stats_libstats_la_CFLAGS = $(LIBRARY_CFLAGS)
src_stats_libstats_la_SOURCES = \
	src/stats/layout.c src/stats/layout.h \
	src/stats/name.c src/stats/name.h
