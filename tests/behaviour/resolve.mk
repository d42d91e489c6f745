# The resolver, against name servers of the test's own; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_resolve \
	tests/behaviour/test_resolve_each \
	tests/behaviour/test_resolve_host \
	tests/behaviour/test_resolve_local \
	tests/behaviour/test_resolve_time
