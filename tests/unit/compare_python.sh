#!/bin/sh
# Compares the lists of constants with Python's module socket: a list has each constant of the module
# whose prefix is a family, with the same value. Checks that a constant that is missing or different is
# found. Skipped without Python, and where numbers are not those of the lists (constants/numbering.h:
# other architectures, a 32-bit time_t or not, another libc than glibc); a newer Python than that of the
# reference system (Debian 12: 3.11) may have more.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=/usr/bin:$PATH
if ! python3 -c 'import socket' 2>/dev/null; then
	echo 'no python3 with the module socket'
	exit 77
fi
if ! python3 - <<'EOF'; then
import platform
import sys

machines = ("x86_64", "aarch64", "riscv64", "s390x", "loongarch64")
sys.exit(platform.machine() not in machines or sys.maxsize < 1 << 32 or platform.libc_ver()[0] != "glibc")
EOF
	echo 'the lists have other numbers than Python here'
	exit 77
fi

# The lists as `FAMILY NAME VALUE`, and - for VALUE where the value varies.
cat >"$work/print.awk" <<'EOF'
END {
	for (f = 1; f <= families; f++)
		for (i = first[f]; i < first[f + 1]; i++)
			print family[f], names[i], (names[i], "varies") in marked ? "-" : value[names[i]]
}
EOF
cat >"$work/compare.py" <<'EOF'
import re
import socket
import sys

listed = {}
families = set()
for line in sys.stdin:
    family, name, value = line.split()
    families.add(re.sub("_FLAGS$", "", family))
    listed[name] = value
compared = missing = different = 0
for name in sorted(dir(socket)):
    value = getattr(socket, name)
    of_a_family = name.split("_")[0] in families or re.fullmatch("E[A-Z0-9]+", name)
    if not isinstance(value, int) or not of_a_family:
        continue
    compared += 1
    if name not in listed:
        missing += 1
        print(f"missing: {name} is not in the list, {int(value)} in Python")
    elif listed[name] != "-" and int(listed[name], 0) != value:
        different += 1
        print(f"different: {name} is {listed[name]} in the list, {int(value)} in Python")
print(f"{compared} constants compared, {different} different, {missing} missing")
if different or not compared or (missing and sys.version_info < (3, 12)):
    sys.exit(1)
sys.exit(77 if missing else 0)
EOF

# compare LISTS: the output goes to $work/said, the exit status to status.
compare() {
	"${AWK:-awk}" -f "$root/scripts/constants-lists.awk" -f "$work/print.awk" "$1"/*.list >"$work/listed"
	status=0
	python3 "$work/compare.py" <"$work/listed" >"$work/said" || status=$?
}

# refused WHAT LIST SED-PROGRAM SAID: LIST, changed by SED-PROGRAM, is refused with SAID.
refused() {
	rm -rf "$work/lists"
	mkdir "$work/lists"
	cp "$root"/src/constants/lists/*.list "$work/lists/"
	chmod -R u+w "$work/lists"
	sed "$3" "$root/src/constants/lists/$2" >"$work/lists/$2"
	compare "$work/lists"
	if [ "$status" -ne "$4" ] || ! grep -qF "$5" "$work/said"; then
		echo "$1: status $status, and '$5' was not said:"
		cat "$work/said"
		exit 1
	fi
}

compare "$root/src/constants/lists"
cat "$work/said"
if [ "$status" -ne 0 ]; then
	exit "$status"
fi
missing=1
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
	missing=77
fi
refused 'a constant that is missing' SO.list '/^SO_ERROR /d' "$missing" 'missing: SO_ERROR '
refused 'a different value' MSG.list 's/^MSG_PEEK .*/MSG_PEEK 0x3/' 1 \
	'different: MSG_PEEK is 0x3 in the list, 2 in Python'
