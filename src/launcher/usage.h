/*
 * The text of --help.
 */
#ifndef LAUNCHER_USAGE_H
#define LAUNCHER_USAGE_H

extern const char usage_text[];

#endif
