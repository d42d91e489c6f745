# See tests/behaviour/module.mk.
