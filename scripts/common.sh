# Where things are, and how the scripts speak. Sourced by the others, after `set -eu -o pipefail`.
# shellcheck shell=bash disable=SC2034 # what is set here is used there

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$root/build
launcher=$build/src/launcher/socktimeout
library=$build/.libs/libsocktimeout.so

# What is being done, on stderr: the standard output of `scripts/run CMD` is CMD's.
say() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

die() {
	say "$@"
	exit 1
}

# quietly LOG COMMAND [ARG]...: COMMAND's output goes to LOG; only where it fails, the end of it is
# shown.
quietly() {
	local log=$1
	shift
	if "$@" >"$log" 2>&1 </dev/null; then
		return 0
	fi
	say "failed: $* (all of it in $log)"
	tail -n 40 "$log" >&2
	return 1
}
