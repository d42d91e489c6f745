# The scripts for developers; not installed.
EXTRA_DIST += .ci/run .clang-tidy .shellcheckrc \
	scripts/bench scripts/build scripts/chaos-demo scripts/chaos-demo.rules \
	scripts/chaos-network scripts/chaos-network.rules scripts/chroot.sh scripts/common.sh \
	scripts/compare-calls scripts/compatibility scripts/coverage scripts/demo \
	scripts/demo-server scripts/draw scripts/mutate scripts/package scripts/platform scripts/run scripts/setup scripts/test
# Run by scripts/test.
EXTRA_DIST += tests/cpython/compare tests/suites/compare
