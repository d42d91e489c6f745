bin_PROGRAMS += src/launcher/socktimeout
src_launcher_socktimeout_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_builddir)
src_launcher_socktimeout_CFLAGS = $(AM_CFLAGS)
src_launcher_socktimeout_SOURCES = \
	src/launcher/library.c src/launcher/library.h \
	src/launcher/list.c src/launcher/list.h \
	src/launcher/main.c \
	src/launcher/status.c src/launcher/status.h
src_launcher_socktimeout_LDADD = \
	src/constants/libconstants.la src/policy/libpolicy.la src/base/libbase.la
