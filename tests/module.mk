# What the tests are told, as shell assignments; each directory adds its own.
AM_TESTS_ENVIRONMENT =

# What hangs has failed, and does not keep the others from being run.
LOG_COMPILER = timeout
AM_LOG_FLAGS = --kill-after=10 1200

include tests/unit/module.mk
include tests/launcher/module.mk
include tests/outside/module.mk
include tests/behaviour/module.mk
include tests/fuzz/module.mk

EXTRA_DIST += tests/README.md tests/free_port.py

# Run by scripts/platform and scripts/package.
EXTRA_DIST += tests/platform/victims tests/platform/victim.h tests/platform/victim.c \
	tests/platform/victim_data.c tests/platform/victim_wait.c

# Read by scripts/mutate.
EXTRA_DIST += tests/mutants/README.md tests/mutants/config tests/mutants/fault \
	tests/mutants/fd tests/mutants/io tests/mutants/log tests/mutants/resolver \
	tests/mutants/stdio tests/mutants/system tests/mutants/wait tests/mutants/wrap
