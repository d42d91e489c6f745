# Makes the C tables of src/constants from the lists, for constants.c, which defines AGREES, FITS,
# ALL_FAMILIES and LIST:
#
#	awk -f constants-lists.awk -f generate-constants.awk src/constants/lists/*.list >tables.h
#
# Static assertions compare each value with the headers of the system on which the tables are
# compiled. A name that the headers do not define has the value of the list. So has a name with the
# mark linux, whose header is not included.

# Print a line of C for headers that define name (of enumerators: for the headers of glibc), and another
# line (or none) for headers that do not, if the numbers of the lists are those of the target.
function print_guarded(name, with_header, without_header)
{
	if ((name, "enumerator") in marked) {
		print "#ifdef __GLIBC__"
		print with_header
		if (without_header != "") {
			print "#else"
			print without_header
		}
		print "#endif"
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
		if (!((name, "varies") in marked) && !((name, "linux") in marked))
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
			if ((name, "linux") in marked)
				print row(name, value[name])
			else
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
	print "/* Made from the lists by generate-constants.awk: edit the lists. */"
	print_assertions()
	print_tables()
}
