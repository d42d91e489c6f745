/*
 * Prints settings in the format of systemd.exec(5). Cold; owns no state.
 */
#include "launcher/report/systemd.h"

#include <stdio.h>

#include "launcher/settings.h"

/* One quoted assignment. Backslashes and quotes are escaped as in C (systemd.syntax(7)), a percent sign
 * is doubled (systemd.unit(5)), a dollar has no meaning in Environment= (systemd.exec(5)). */
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
