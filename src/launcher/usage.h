/*
 * The texts of --help, and the messages about wrong arguments.
 */
#ifndef LAUNCHER_USAGE_H
#define LAUNCHER_USAGE_H

/* The text of --help=topic; NULL: of --help. Dies (125) where no page has that name. */
const char *usage_page(const char *topic);

/* The end of a message about wrong arguments: a line that names --help. Exits with 125. */
_Noreturn void usage_point_to_help(void);
/* Print the line `socktimeout: REASON`, and the line that names --help. Exits with 125. */
_Noreturn void usage_die(const char *reason);

#endif
