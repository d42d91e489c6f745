# Policies tried with real servers and programs, by scripts/test system.
EXTRA_DIST += tests/system/safe tests/system/suggest
