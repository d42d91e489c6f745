# A policy for every program of a machine, tried by scripts/test system.
EXTRA_DIST += tests/system/safe
