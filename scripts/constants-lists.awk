# Reads the lists of constants (src/constants/lists) for a second program, which uses them in its END:
#
#	awk -f scripts/constants-lists.awk -f PROGRAM src/constants/lists/*.list
#
# A list has the name of its family (AF.list is CONSTANTS_AF) and one constant in each line:
#
#	NAME VALUE [MARK]...
#
# VALUE is decimal or 0x…; # begins a comment. If several names have the same value, the first name is
# printed for the value. The lists are those of the reference system, Debian 12 (glibc 2.36, Linux
# 6.1), on the architectures of constants/numbering.h. Marks:
#
#	aside		the name gives the value, but the value never gives the name (see struct constant)
#	later		not in the reference system's headers: not yet, or only Python has the name
#	varies		changes from release to release: the headers' value is used, if there is one
#	linux		of a header of Linux, and the same number on every architecture: the list's value
#			is used, and the header not needed; scripts/compare-constants compares the value
#	enumerator	an enumerator without a macro of the same name, so #ifdef does not find it
#
# POSIX awk. Prints an error and fails if a file is not a list. Sets count, names[i], value[name],
# marked[name, mark], families, family[f], and first[f], the index of the first name of f.

function complain(message)
{
	printf "%s:%d: %s\n", FILENAME, FNR, message | "cat >&2"
	failed = 1
}

# The family of a list: the file name without directory and suffix.
function family_of(path)
{
	sub(/.*\//, "", path)
	sub(/\.list$/, "", path)
	return path
}

# name is valid in the list of family: an errno name, SOMAXCONN, or AF_… in AF and so on.
function belongs(name, family)
{
	if (family == "ERRNO")
		return name ~ /^E[A-Z0-9]+$/
	sub(/_FLAGS$/, "", family)
	return name == "SOMAXCONN" || (index(name, family "_") == 1 && name ~ /^[A-Za-z0-9_]+$/)
}

function read_marks(	i)
{
	for (i = 3; i <= NF; i++)
		if ($i ~ /^(aside|later|varies|linux|enumerator)$/)
			marked[$1, $i] = 1
		else
			complain("no such mark: " $i)
}

FNR == 1 {
	family[++families] = family_of(FILENAME)
	first[families] = count + 1
}

{
	sub(/#.*/, "")
	if (NF == 0)
		next
	if (!belongs($1, family[families]))
		complain("no name of " family[families] ": " $1)
	else if ($2 !~ /^(-?[0-9]|-?[1-9][0-9]+|0x[0-9a-f]+)$/)
		complain("no number: " $2)
	else if ($1 in value)
		complain("twice: " $1)
	names[++count] = $1
	value[$1] = $2
	if (length($1) > length(longest))
		longest = $1
	read_marks()
}

END {
	if (failed || count == 0)
		exit 1
	first[families + 1] = count + 1
}
