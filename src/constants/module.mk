noinst_LTLIBRARIES += src/constants/libconstants.la
src_constants_libconstants_la_CFLAGS = $(LIBRARY_CFLAGS)
src_constants_libconstants_la_SOURCES = \
	src/constants/constants.c src/constants/constants.h \
	src/constants/numbering.h
nodist_src_constants_libconstants_la_SOURCES = src/constants/tables.h

constant_lists = \
	src/constants/lists/AF.list \
	src/constants/lists/AI.list \
	src/constants/lists/ALG.list \
	src/constants/lists/CAN.list \
	src/constants/lists/EAI.list \
	src/constants/lists/ERRNO.list \
	src/constants/lists/INADDR.list \
	src/constants/lists/IP.list \
	src/constants/lists/IPPORT.list \
	src/constants/lists/IPPROTO.list \
	src/constants/lists/IPV6.list \
	src/constants/lists/J1939.list \
	src/constants/lists/MSG.list \
	src/constants/lists/NETLINK.list \
	src/constants/lists/NI.list \
	src/constants/lists/PACKET.list \
	src/constants/lists/SCM.list \
	src/constants/lists/SO.list \
	src/constants/lists/SOCK.list \
	src/constants/lists/SOCK_FLAGS.list \
	src/constants/lists/SOL.list \
	src/constants/lists/SOMAXCONN.list \
	src/constants/lists/TCP.list \
	src/constants/lists/TIPC.list \
	src/constants/lists/VMADDR.list

# The tables are made from the lists.
constant_scripts = scripts/constants-lists.awk scripts/generate-constants.awk
EXTRA_DIST += $(constant_lists) $(constant_scripts)
BUILT_SOURCES += src/constants/tables.h
CLEANFILES += src/constants/tables.h src/constants/tables.h.tmp
src/constants/tables.h: $(constant_lists) $(constant_scripts)
	$(AM_V_GEN)$(MKDIR_P) src/constants && \
	(cd $(top_srcdir) && $(AWK) -f scripts/constants-lists.awk \
		-f scripts/generate-constants.awk $(constant_lists)) >$@.tmp && mv $@.tmp $@
# `make` and `make check` make BUILT_SOURCES first; `make TARGET` needs this dependency.
$(src_constants_libconstants_la_OBJECTS): src/constants/tables.h
