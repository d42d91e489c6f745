noinst_LTLIBRARIES += src/policy/libpolicy.la
src_policy_libpolicy_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_policy_libpolicy_la_CPPFLAGS = $(AM_CPPFLAGS) $(UNFORTIFIED_CPPFLAGS)
src_policy_libpolicy_la_SOURCES = \
	src/policy/log_target.c src/policy/log_target.h \
	src/policy/operation.c src/policy/operation.h \
	src/policy/policy.h src/policy/rule.h \
	src/policy/spec.c src/policy/spec.h
