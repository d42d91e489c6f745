/*
 * The texts of --help.
 */
#ifndef LAUNCHER_USAGE_H
#define LAUNCHER_USAGE_H

/* The text of --help=topic; NULL: of --help. Dies (125) where no page has that name. */
const char *usage_page(const char *topic);

#endif
