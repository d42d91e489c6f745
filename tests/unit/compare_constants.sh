#!/bin/sh
# scripts/compare-constants finds what it is for: a list with a constant too few, one too many, one
# that is different, or with what is no list, is refused and the constant named.
# shellcheck disable=SC2016 # $ is sed's
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What it says of the lists in $work/lists goes to $work/said; its exit status is left in status.
compare() {
	status=0
	"$root/scripts/compare-constants" "$work/lists" >"$work/said" 2>&1 || status=$?
}

fresh_lists() {
	rm -rf "$work/lists"
	mkdir "$work/lists"
	cp "$root"/src/constants/lists/*.list "$work/lists/"
	chmod -R u+w "$work/lists"
}

# refused WHAT LIST SED-PROGRAM SAID: LIST, changed by SED-PROGRAM, must be refused with SAID.
refused() {
	fresh_lists
	sed "$3" "$root/src/constants/lists/$2" >"$work/lists/$2"
	compare
	if [ "$status" -eq 0 ] || [ "$status" -eq 77 ] || ! grep -qF "$4" "$work/said"; then
		echo "$1: status $status, and '$4' was not said:"
		cat "$work/said"
		exit 1
	fi
}

fresh_lists
compare
if [ "$status" -eq 77 ]; then
	cat "$work/said"
	exit 77
elif [ "$status" -ne 0 ]; then
	echo "the lists as they are: status $status"
	cat "$work/said"
	exit 1
fi

refused 'a macro that is missing' SO.list '/^SO_ERROR /d' 'missing: SO_ERROR '
refused 'an enumerator that is missing' IPPORT.list '/^IPPORT_SMTP /d' 'missing: IPPORT_SMTP '
refused 'an error that is missing' ERRNO.list '/^EWOULDBLOCK /d' 'missing: EWOULDBLOCK '
refused 'one too many' AF.list '$a AF_NOWHERE 99' 'extra: AF_NOWHERE '
refused 'a different value' MSG.list 's/^MSG_PEEK .*/MSG_PEEK 0x3/' \
	'different: MSG_PEEK is 3 in the list, 2 in the headers'
refused 'a different alias' SCM.list 's/^SCM_TXTIME .*/SCM_TXTIME 60/' 'different: SCM_TXTIME '
refused 'no number' AI.list 's/^AI_ALL .*/AI_ALL many/' 'AI.list:'
refused 'no such mark' AI.list '/^AI_ALL /s/$/ new/' 'no such mark: new'
refused 'twice' SOL.list '$a SOL_IP 0' 'twice: SOL_IP'
refused 'the wrong family' AF.list '$a SO_DEBUG 1' 'no name of AF: SO_DEBUG'
