# The resolver, with name servers that the tests start; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_resolve \
	tests/behaviour/test_resolve_each \
	tests/behaviour/test_resolve_host \
	tests/behaviour/test_resolve_local \
	tests/behaviour/test_resolve_sandbox \
	tests/behaviour/test_resolve_time
