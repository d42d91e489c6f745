# Makes the C tables of src/constants from the lists, for constants.c, which says what AGREES, FITS,
# ALL_FAMILIES and LIST are:
#
#	awk -f constants-lists.awk -f generate-constants.awk src/constants/lists/*.list >tables.h
#
# Each listed value is asserted against the headers of the system that it is compiled on, as far as
# these have the name; a name that they do not have keeps the list's value.

# A line of C where the headers have name; another (or none) where they do not, for which the list's
# value must be right.
function print_guarded(name, with_header, without_header)
{
	if ((name, "enumerator") in marked) {
		print with_header
		return
	}
	print "#ifdef " name
	print with_header
	if (without_header != "") {
		print "#elif CONSTANTS_NUMBERED_AS_LISTED"
		print without_header
	}
	print "#endif"
}

function row(name, value_in_c)
{
	return "\t{\"" name "\", " ((name, "aside") in marked ? "true" : "false") ", " value_in_c "},"
}

function print_assertions(	i, name)
{
	for (i = 1; i <= count; i++) {
		name = names[i]
		if (!((name, "varies") in marked))
			print_guarded(name, "AGREES(" name ", " value[name] ");", "")
	}
	print "FITS(\"" longest "\");"
	print "ALL_FAMILIES(" families ");"
}

function print_tables(	f, i, name)
{
	for (f = 1; f <= families; f++) {
		print "\nstatic const struct constant " family[f] "_list[] = {"
		for (i = first[f]; i < first[f + 1]; i++) {
			name = names[i]
			print_guarded(name, row(name, name), row(name, value[name]))
		}
		print "};"
	}
	print "\nstatic const struct list lists[CONSTANTS_FAMILY_COUNT] = {"
	for (f = 1; f <= families; f++)
		printf "\tLIST(%s),\n", family[f]
	print "};"
}

END {
	if (failed || count == 0)
		exit 1
	print "/* Made by generate-constants.awk from the lists: edit those. */"
	print_assertions()
	print_tables()
}
