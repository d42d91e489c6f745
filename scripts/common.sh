# Paths, and functions for messages. Sourced by the other scripts, after `set -eu -o pipefail`.
# shellcheck shell=bash disable=SC2034 # the variables are used in other scripts

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$root/build
launcher=$build/src/launcher/socktimeout
library=$build/.libs/libsocktimeout.so

# say WORD...: a message on stderr, because the standard output of `scripts/run CMD` belongs to CMD.
say() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

die() {
	say "$@"
	exit 1
}

# quietly LOG COMMAND [ARG]...: runs COMMAND with its output in LOG. If COMMAND fails, shows the end
# of LOG.
quietly() {
	local log=$1
	shift
	if "$@" >"$log" 2>&1 </dev/null; then
		return 0
	fi
	say "failed: $* (the whole output is in $log)"
	tail -n 40 "$log" >&2
	return 1
}
