# Writes a C program that compares the lists of constants with the system's headers:
#
#	awk -v macros=FILE -v code=FILE -f constants-lists.awk -f compare-constants.awk LIST...
#
# macros is the output of the preprocessor for the headers with -dM, code the output without -dM.
# Together they contain all names that a program can use. The written program includes compare.h,
# which defines BOTH, ONLY_HEADERS and ONLY_LIST (see compare-constants).

# Store the headers' macros without arguments in in_headers[name] and body[name].
function read_macros(	line, part)
{
	while ((getline line <macros) > 0) {
		split(line, part, " ")
		if (part[2] ~ /[(]/)
			continue
		in_headers[part[2]] = 1
		sub(/^#define [^ ]+ ?/, "", line)
		body[part[2]] = line
	}
}

# Store the enumerators of one enum; text is the text between the braces.
function read_enumerators(text,	i, n, part)
{
	n = split(text, part, ",")
	for (i = 1; i <= n; i++) {
		sub(/=.*/, "", part[i])
		gsub(/[ \t]/, "", part[i])
		if (part[i] != "") {
			in_headers[part[i]] = 1
			is_enumerator[part[i]] = 1
		}
	}
}

function read_code(	line, text, found)
{
	while ((getline line <code) > 0)
		text = text " " line
	while (match(text, /enum[ \t]*[A-Za-z0-9_]*[ \t]*[{][^}]*[}]/)) {
		found = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		sub(/^[^{]*[{]/, "", found)
		sub(/[}]$/, "", found)
		read_enumerators(found)
	}
}

# name is defined, and so is its value: SCM_SRCRT is defined as a name that no header defines.
function is_constant(name)
{
	while (!(name in is_enumerator) && body[name] ~ /^[A-Za-z_][A-Za-z0-9_]*$/) {
		if (!(body[name] in in_headers) || body[name] == name)
			return 0
		name = body[name]
	}
	return 1
}

function is_of_a_family(name,	f)
{
	for (f = 1; f <= families; f++)
		if (belongs(name, family[f]))
			return 1
	return 0
}

END {
	if (failed || count == 0)
		exit 1
	read_macros()
	read_code()
	print "#include \"compare.h\"\n\nvoid compare(void)\n{"
	for (i = 1; i <= count; i++) {
		name = names[i]
		if (name in in_headers)
			printf "\tBOTH(%s, %s, %d);\n", name, value[name], (name, "varies") in marked
		else if (!((name, "later") in marked))
			printf "\tONLY_LIST(%s);\n", name
	}
	for (name in in_headers)
		if (!(name in value) && is_of_a_family(name) && is_constant(name))
			printf "\tONLY_HEADERS(%s);\n", name
	print "}"
}
