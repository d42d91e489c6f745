# The resolver, with name servers that the tests start.
behaviour_programs += \
	tests/behaviour/resolve/test_resolve \
	tests/behaviour/resolve/test_resolve_alias \
	tests/behaviour/resolve/test_resolve_each \
	tests/behaviour/resolve/test_resolve_host \
	tests/behaviour/resolve/test_resolve_local \
	tests/behaviour/resolve/test_resolve_sandbox \
	tests/behaviour/resolve/test_resolve_time \
	tests/behaviour/resolve/test_resolve_worker

# The linker keeps a weak reference that it does not find: the library defines the function.
tests_behaviour_resolve_test_resolve_alias_LDFLAGS = -Wl,-z,dynamic-undefined-weak
