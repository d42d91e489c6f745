# A policy for every program of a machine, tried by scripts/test system.
EXTRA_DIST += tests/system/safe
examplesdir = $(docdir)/examples
dist_examples_DATA = examples/safe.conf
