# See tests/behaviour/module.mk.
behaviour_programs += tests/behaviour/test_first
