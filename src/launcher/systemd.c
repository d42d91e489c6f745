/*
 * Prints settings as systemd.exec(5) reads them. Cold; owns no state.
 */
#include "launcher/systemd.h"

#include <stdio.h>

#include "launcher/settings.h"

/* One assignment in quotes: backslashes and quotes are C's (systemd.syntax(7)), percent signs are
 * specifiers (systemd.unit(5)), dollars mean nothing here (systemd.exec(5)). */
static void print_assignment(const char *name, const char *value)
{
	printf("Environment=\"%s=", name);
	for (; *value != '\0'; value++)
		if (*value == '\\' || *value == '"')
			printf("\\%c", *value);
		else if (*value == '%')
			fputs("%%", stdout);
		else if ((unsigned char)*value < ' ' || *value == '\x7f')
			printf("\\x%02x", (unsigned char)*value);
		else
			putchar(*value);
	puts("\"");
}

void systemd_print_drop_in(void)
{
	puts("[Service]");
	settings_each(print_assignment);
}
