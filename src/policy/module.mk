# The code that runs at every start comes first (src/shim/module.mk).
noinst_LTLIBRARIES += src/policy/libpolicy.la
src_policy_libpolicy_la_CFLAGS = $(LIBRARY_CFLAGS)
src_policy_libpolicy_la_SOURCES = \
	src/policy/spec.c src/policy/spec.h \
	src/policy/operation.c src/policy/operation.h \
	src/policy/log_target.c src/policy/log_target.h \
	src/policy/ask.c \
	src/policy/glob.c src/policy/glob.h \
	src/policy/mistake.c src/policy/mistake.h \
	src/policy/rule/place.c src/policy/rule/place.h \
	src/policy/policy_build.c src/policy/policy.h src/policy/policy_inside.h \
	src/policy/rule/rule_parse.c src/policy/rule/rule.h \
	src/policy/rule/rule_put.c \
	src/policy/rule/rule_sense.c src/policy/rule/rule_sense.h \
	src/policy/rule/rule_string.c src/policy/rule/rule_string.h \
	src/policy/rule/rule_value.c src/policy/rule/rule_value.h \
	src/policy/rule/rule_word.c src/policy/rule/rule_word.h \
	src/policy/seed.c src/policy/seed.h
