# Log records and their forms; makes no system calls.
noinst_LTLIBRARIES += src/record/librecord.la
src_record_librecord_la_CFLAGS = $(LIBRARY_CFLAGS)
src_record_librecord_la_SOURCES = \
	src/record/fields.c src/record/fields.h \
	src/record/journal.c \
	src/record/json.c \
	src/record/line.c \
	src/record/record.c src/record/record.h \
	src/record/trace_put.c src/record/trace.h src/record/trace_rows.h \
	src/record/trace_names.c src/record/trace_names.h \
	src/record/trace_option.c \
	src/record/trace_values.c src/record/trace_values.h

dist_doc_DATA += docs/log.schema.json
