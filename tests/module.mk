# What the tests are told, as shell assignments; each directory adds its own.
AM_TESTS_ENVIRONMENT =

include tests/unit/module.mk
include tests/launcher/module.mk
include tests/behaviour/module.mk
include tests/fuzz/module.mk
