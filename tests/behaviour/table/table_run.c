/*
 * Runs the cells of a table: each in a process of its own, many at the same time.
 */
#include "config.h"

#include "table/table.h"

#include <fnmatch.h>
#include <sys/wait.h>

/* Cells mostly wait; a cell that is late all the same runs once more, alone. */
#define AT_ONCE      32
#define CELL_SECONDS 60
/* More than these are not the machine's fault. */
#define MANY_LATE 50

struct cell {
	const struct scenario *scenario;
	const struct blocking *row;
	pid_t pid;
};

static struct cell cells[16384];
static int cell_count;

static void name_cell(const struct cell *cell, char name[100])
{
	(void)snprintf(name, 100, "%s/%s", cell->scenario->name, cell->row->name);
}

int cells_add(const struct scenario *scenarios, int count, const char *pattern)
{
	for (int s = 0; s < count; s++)
		for (int r = 0; r < blocking_count; r++) {
			struct cell *const cell = &cells[cell_count];
			char name[100];

			*cell = (struct cell){&scenarios[s], &blockings[r], 0};
			name_cell(cell, name);
			if (fnmatch(pattern, name, 0) == 0)
				cell_count++;
		}
	return cell_count;
}

int cells_list(void)
{
	int without = 0;

	for (int i = 0; i < cell_count; i++) {
		const char *const why = cells[i].scenario->why_not(cells[i].row);
		char name[100];

		name_cell(&cells[i], name);
		(void)printf("%s%s%s\n", name, why != NULL ? ": no: " : "",
			     why != NULL ? why : "");
		without += why != NULL;
	}
	(void)printf("%d cells, and %d that do not apply\n", cell_count - without, without);
	return EXIT_SUCCESS;
}

static const char *run_name;
static const struct cell *current;

START_TEST(cell)
{
	static struct scene scene;

	scene.blocking = current->row;
	current->scenario->play(&scene);
}
END_TEST

static void tell(const struct cell *failed, const char *what)
{
	char name[100];

	name_cell(failed, name);
	(void)fprintf(stderr, "%s (%s): %s\n", name, run_name, what);
}

/* In the cell's process. */
static int play_cell(const struct cell *one)
{
	Suite *const suite = suite_create("table");
	SRunner *const runner = srunner_create(suite);
	int status = EXIT_SUCCESS;
	char what[1000];

	current = one;
	(void)alarm(CELL_SECONDS);
	add(suite, "cell", cell);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	if (srunner_ntests_failed(runner) != 0) {
		TestResult **const results = srunner_failures(runner);

		status = strncmp(tr_msg(results[0]), LATE, strlen(LATE)) == 0 ? EXIT_LATE
									      : EXIT_FAILURE;
		(void)snprintf(what, sizeof what, "%s:%d: %s", tr_lfile(results[0]),
			       tr_lno(results[0]), tr_msg(results[0]));
		tell(one, what);
	}
	return status;
}

static void start_cell(struct cell *one)
{
	(void)fflush(NULL);
	one->pid = fork();
	if (one->pid == 0) {
		/* The handler that Check sets for SIGALRM kills the process group. */
		(void)setpgid(0, 0);
		_exit(play_cell(one));
	}
	if (one->pid < 0)
		abort();
}

static int status_of(const struct cell *one, int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	tell(one, WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGKILL
			  ? "hangs"
			  : strsignal(WTERMSIG(status)));
	return EXIT_FAILURE;
}

/* Waits for the end of some cell; returns the cell. */
static const struct cell *await_cell(int *result)
{
	int status;
	const pid_t pid = wait(&status);

	for (int i = 0; i < cell_count; i++)
		if (cells[i].pid == pid) {
			cells[i].pid = 0;
			*result = status_of(&cells[i], status);
			return &cells[i];
		}
	abort();
}

static bool applies(const struct cell *one, int mode)
{
	return (one->scenario->modes & mode) != 0 && one->scenario->why_not(one->row) == NULL;
}

/* Those that were late, alone; returns the number of those that still are. */
static int again_alone(const int late[], int count)
{
	int failed = 0;

	if (count > MANY_LATE)
		return count;
	for (int i = 0; i < count; i++) {
		int status;

		start_cell(&cells[late[i]]);
		(void)await_cell(&status);
		tell(&cells[late[i]], status == EXIT_SUCCESS ? "in time when run alone"
							     : "failed when run alone too");
		failed += status != EXIT_SUCCESS;
	}
	return failed;
}

int cells_run(const char *name, int mode)
{
	static int late[COUNT(cells)];
	int running = 0, played = 0, failed = 0, late_count = 0;

	run_name = name;
	for (int i = 0; i < cell_count || running > 0;) {
		const struct cell *ended;
		int status;

		if (i < cell_count && running < AT_ONCE) {
			if (applies(&cells[i], mode)) {
				start_cell(&cells[i]);
				running++;
				played++;
			}
			i++;
			continue;
		}
		ended = await_cell(&status);
		running--;
		failed += status == EXIT_FAILURE;
		if (status == EXIT_LATE)
			late[late_count++] = (int)(ended - cells);
	}
	failed += again_alone(late, late_count);
	(void)printf("%s: %d cells, %d late among others, %d failed\n", name, played,
		     late_count, failed);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
