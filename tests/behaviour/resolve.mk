# The resolver, with name servers that the tests start; see tests/behaviour/module.mk.
behaviour_programs += \
	tests/behaviour/test_no_memory \
	tests/behaviour/test_resolve \
	tests/behaviour/test_resolve_alias \
	tests/behaviour/test_resolve_each \
	tests/behaviour/test_resolve_host \
	tests/behaviour/test_resolve_local \
	tests/behaviour/test_resolve_sandbox \
	tests/behaviour/test_resolve_time \
	tests/behaviour/test_resolve_worker

# A weak reference that nothing defines stays one, which the library defines.
tests_behaviour_test_resolve_alias_LDFLAGS = -Wl,-z,dynamic-undefined-weak
