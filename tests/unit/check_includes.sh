#!/bin/sh
# scripts/check-includes finds what it is for: a tree with an arrow of the wrong way, with files that need
# each other, or with a crowded room is refused, and the files are named. Ways that are allowed are not.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# file NAME INCLUDED...: a file of the tree that includes these.
file() {
	name=$work/src/$1
	shift
	mkdir -p "${name%/*}"
	printf '/* */\n#include "config.h"\n#include <errno.h>\n' >"$name"
	for included in "$@"; do
		printf '#include "%s"\n' "$included" >>"$name"
	done
}

# A small tree without mistakes.
fresh_tree() {
	rm -rf "$work/src"
	file base/text.h
	file policy/rule/rule.h base/text.h
	file shim/system/kernel.h
	file shim/system/kernel.c shim/system/kernel.h
	file shim/fd/fd.c shim/fd/fd.h shim/system/kernel.h
	file shim/fd/fd.h
	file shim/log/log.c shim/log/log.h shim/fd/fd.h
	file shim/log/log.h policy/rule/rule.h
	file shim/io/io.h shim/log/log.h
	file shim/start.h
	file shim/start.c shim/start.h shim/io/io.h
	file shim/wrap/recv.c shim/start.h shim/io/io.h
	file launcher/rules.c policy/rule/rule.h
}

# The exit status is left in status.
check() {
	status=0
	"$root/scripts/check-includes" "$work/src" >"$work/said" 2>&1 || status=$?
}

# refused SAID: the tree must be refused with exactly this line.
refused() {
	check
	if [ "$status" -eq 1 ] && [ "$(cat "$work/said")" = "$1" ]; then
		fresh_tree
		return
	fi
	echo "status $status, and not '$1' but:"
	cat "$work/said"
	exit 1
}

fresh_tree
check
if [ "$status" -ne 0 ] || [ -s "$work/said" ]; then
	echo "a tree without mistakes: status $status"
	cat "$work/said"
	exit 1
fi

file shim/log/trace.c shim/io/io.h
refused 'shim/log/trace.c includes shim/io/io.h: log may include only log config fd system record stats policy calls constants base'

file base/clock.c policy/rule/rule.h
refused 'base/clock.c includes policy/rule/rule.h: base may include only base'

file shim/io/early.c shim/start.h
refused 'shim/io/early.c includes shim/start.h: io may include only io log config fd system record stats policy calls constants base'

file launcher/outside/look.c shim/io/io.h
refused 'launcher/outside/look.c includes shim/io/io.h: launcher may include only launcher config system record stats policy calls constants base'

file shim/novel/new.c base/text.h
refused 'shim/novel/new.c: no such room: novel'

# Two files, by way of a .c; three, by way of headers.
file shim/fd/table.c shim/fd/table.h shim/fd/fd.h
file shim/fd/table.h
file shim/fd/fd.c shim/fd/fd.h shim/fd/table.h
refused 'files need each other: shim/fd/fd.c includes shim/fd/table.h, shim/fd/table.c includes shim/fd/fd.h'

file shim/log/a.h shim/log/b.h
file shim/log/b.h shim/log/c.h
file shim/log/c.h shim/log/a.h
refused 'files need each other: shim/log/a.h includes shim/log/b.h, shim/log/b.h includes shim/log/c.h, shim/log/c.h includes shim/log/a.h'

file shim/log/long.c
yes '/* A line. */' | head -n 400 >>"$work/src/shim/log/long.c"
refused 'shim/log/long.c has more than 399 lines'

for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	file "shim/wrap/w$i.c"
	file "shim/log/l$i.c"
	file "shim/log/l$i.h"
done
refused 'shim/log has 13 modules: at most 12'
