/*
 * The table: every scenario of the files table_*.c for every row of blocking.c. An argument is a pattern
 * (glob(7)) for the names of the cells; --list shows them, in place of running them.
 */
#include "config.h"

#include "table/table.h"

static int run(char **argv)
{
	(void)argv;
	return cells_run(mode_name(), 1 << mode());
}

int main(int argc, char **argv)
{
	const bool lists = argc > 1 && strcmp(argv[1], "--list") == 0;
	const char *pattern = argv[lists ? 2 : 1];
	int count;

	if (pattern == NULL)
		pattern = "*";
	(void)cells_add(plain_scenarios, plain_scenario_count, pattern);
	(void)cells_add(signal_scenarios, signal_scenario_count, pattern);
	count = cells_add(process_scenarios, process_scenario_count, pattern);
	if (count == 0) {
		(void)fputs("no cell has such a name; see --list\n", stderr);
		return EXIT_FAILURE;
	}
	return lists ? cells_list() : each_mode(argv, run);
}
