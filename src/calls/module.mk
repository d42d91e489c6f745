noinst_LTLIBRARIES += src/calls/libcalls.la
src_calls_libcalls_la_CFLAGS = $(LIBRARY_CFLAGS)
src_calls_libcalls_la_SOURCES = \
	src/calls/calls.c src/calls/calls.def src/calls/calls.h \
	src/calls/real.c src/calls/real.h \
	src/calls/time64.h

# The export map. Anonymous: a named version node breaks interposition without a word.
CLEANFILES += src/calls/exports.map
src/calls/exports.map: src/calls/calls.def config.h
	$(AM_V_GEN)$(MKDIR_P) src/calls && \
	{ echo '{ global:'; \
	  $(CC) -E -P -I. -include config.h '-DCALL(o,t,n,p)=n;' '-DALIAS(o,n,t)=n;' -x c \
		$(top_srcdir)/src/calls/calls.def; \
	  echo 'local: *; };'; } >$@.tmp && mv $@.tmp $@
