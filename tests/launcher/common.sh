# What the launcher's tests share: a place to work in, and how results are told. Sourced, in the
# top build directory, after `set -eu -o pipefail`.
# shellcheck shell=bash disable=SC2034 # what is set here is used there

launcher=$PWD/src/launcher/socktimeout
library=$PWD/.libs/libsocktimeout.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset SOCKTIMEOUT SOCKTIMEOUT_LOG LD_PRELOAD POSIXLY_CORRECT
export LC_ALL=C
passed=0
failed=0

# run [NAME=VALUE]... COMMAND [ARG]...: leaves status, $work/out and $work/err.
run() {
	status=0
	env "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

ok() {
	passed=$((passed + 1))
}

not_ok() {
	failed=$((failed + 1))
	echo "FAIL: $1: status $status"
	sed 's/^/	out: /' "$work/out" | head -n 20
	sed 's/^/	err: /' "$work/err" | head -n 20
}

# ends WHAT STATUS: the last run ended so.
ends() {
	if [ "$status" -eq "$2" ]; then ok; else not_ok "$1, not $2"; fi
}

# says WHAT LINE: the last run printed exactly LINE on stdout.
says() {
	if [ "$(cat "$work/out")" = "$2" ]; then ok; else not_ok "$1: no '$2'"; fi
}

# complains WHAT LINE: the first line of the last run's stderr is LINE.
complains() {
	if [ "$(head -n 1 "$work/err")" = "$2" ]; then ok; else not_ok "$1: no '$2'"; fi
}

# refused WHAT LINE COMMAND...: COMMAND ends with 125 and complains with LINE.
refused() {
	local what=$1 line=$2
	shift 2
	run "$@"
	ends "$what" 125
	complains "$what" "$line"
}

# finish: the last words.
finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
