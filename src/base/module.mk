# The convenience library that all others use.
noinst_LTLIBRARIES += src/base/libbase.la
src_base_libbase_la_CFLAGS = $(LIBRARY_CFLAGS)
src_base_libbase_la_SOURCES = \
	src/base/abi.h src/base/single_threaded.h src/base/unfortified.h \
	src/base/address.c src/base/address.h src/base/address_parse.c \
	src/base/attributes.h \
	src/base/clock.c src/base/clock.h \
	src/base/date.c src/base/date.h \
	src/base/duration.c src/base/duration.h \
	src/base/text.c src/base/text.h
