/*
 * The table of faults: a rule, the calls that it meets, and the outcome on every kind of socket. Each
 * call is ready: without the rule the call would succeed at once. Arguments are as those of test_table; a cell is
 * FAULT/CALL/KIND.
 */
#include "config.h"

#include "table/table.h"

#include <sys/wait.h>

#define VARIABLE "SOCKTIMEOUT_TEST_FAULT"

struct fault {
	const char *name;
	const char *rules, *spec; /* SOCKTIMEOUT_RULES and SOCKTIMEOUT; NULL: not set */
	int sides;                /* of the calls that the rule meets: 1 << RECEIVES … */
	int error;                /* 0: success */
	double from_ms;
	bool streams; /* on streams only */
};

#define IN   (1 << RECEIVES)
#define OUT  (1 << SENDS)
#define DATA (IN | OUT)
#define COME (1 << ACCEPTS)
#define GO   (1 << CONNECTS)
#define WAIT (1 << WAITS_IN | 1 << WAITS_OUT)

static const struct fault faults[] = {
	{"recv-error", "op=recv error=ENOMEM", NULL, IN, ENOMEM, 0, false},
	{"send-error", "op=send error=ENOBUFS", NULL, OUT, ENOBUFS, 0, false},
	{"accept-error", "op=accept error=EMFILE", NULL, COME, EMFILE, 0, false},
	{"connect-error", "op=connect error=ENETUNREACH", NULL, GO, ENETUNREACH, 0, false},
	{"wait-error", "op=wait error=ENOMEM", NULL, WAIT, ENOMEM, 0, false},
	{"recv-error-bounded", "op=recv error=ENOMEM", "300ms", IN, ENOMEM, 0, false},
	{"recv-reset", "op=recv reset", NULL, IN, ECONNRESET, 0, true},
	{"recv-delay", "op=recv delay=200ms", NULL, IN, 0, 200, false},
	{"send-delay", "op=send delay=200ms", NULL, OUT, 0, 200, false},
	{"accept-delay", "op=accept delay=200ms", NULL, COME, 0, 200, false},
	{"connect-delay", "op=connect delay=200ms", NULL, GO, 0, 200, false},
	{"wait-delay", "op=wait delay=200ms", NULL, WAIT, 0, 200, false},
	{"recv-delay-bounded", "op=recv delay=5s", "300ms", IN, ETIMEDOUT, 300, false},
	{"send-delay-bounded", "op=send delay=5s", "300ms", OUT, ETIMEDOUT, 300, false},
	{"accept-delay-bounded", "op=accept delay=5s", "300ms", COME, ETIMEDOUT, 300, false},
	{"connect-delay-bounded", "op=connect delay=5s", "300ms", GO, ETIMEDOUT, 300, false},
	{"recv-blackhole", "op=recv blackhole", "300ms", IN, ETIMEDOUT, 300, false},
	{"accept-blackhole", "op=accept blackhole", "300ms", COME, ETIMEDOUT, 300, false},
	{"connect-blackhole", "op=connect blackhole", "300ms", GO, ETIMEDOUT, 300, false},
	{"other-count", "op=recv,when=3 error=ENOMEM", NULL, IN, 0, 0, false},
	{"other-peer", "to=192.0.2.1 error=ENOMEM", NULL, DATA | COME | GO | WAIT, 0, 0, false},
};

static const struct fault *current;

static void meets(struct scene *scene)
{
	const enum side side = scene->blocking->call->side;

	scene_open(scene, scene->blocking, MADE_BLOCKING);
	if (side == RECEIVES || side == ACCEPTS || side == WAITS_IN)
		scene_let_go(scene);
	(void)play(scene);
	if (current->error != 0)
		ck_outcome(scene, -1, current->error);
	else
		ck_outcome(scene, BLOCKING_RESULT, 0);
	ck_assert_double_ge(scene->ended - scene->started, current->from_ms);
	ck_took_in_time(scene->ended - scene->started, current->from_ms);
	ck_no_timers(scene->blocking->name);
}

static const char *why_not(const struct blocking *row)
{
	if ((current->sides & 1 << row->call->side) == 0)
		return "the rule does not meet the call";
	if (row->never != NULL)
		return row->never;
	if (row->used)
		return "the calls before would meet the rule";
	if (current->streams && row->kind->type == SOCK_DGRAM)
		return "datagrams have no connection";
	return NULL;
}

static int add_cells(const struct fault *fault, const char *pattern)
{
	static struct scenario scenario;

	scenario = (struct scenario){fault->name, ONCE, meets, why_not};
	current = fault;
	return cells_add(&scenario, 1, pattern);
}

static void set(const char *name, const char *value)
{
	if (value != NULL)
		(void)setenv(name, value, 1);
}

/* This program again, under the rules. */
static int run_under(const struct fault *fault, char **argv)
{
	const pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		set(VARIABLE, fault->name);
		set("SOCKTIMEOUT_RULES", fault->rules);
		set("SOCKTIMEOUT", fault->spec);
		set("LD_PRELOAD", getenv("SOCKTIMEOUT_TEST_LIBRARY"));
		(void)execv("/proc/self/exe", argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EXIT_FAILURE;
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	const bool lists = argc > 1 && strcmp(argv[1], "--list") == 0;
	const char *const wanted = getenv(VARIABLE);
	const char *pattern = argv[lists ? 2 : 1];
	int result = EXIT_SUCCESS;

	if (pattern == NULL)
		pattern = "*";
	if (wanted == NULL)
		forget_settings();
	set("SOCKTIMEOUT_CONFIG", "");
	for (int i = 0; i < COUNT(faults); i++) {
		if (wanted != NULL && strcmp(wanted, faults[i].name) == 0) {
			if (add_cells(&faults[i], pattern) == 0)
				return EXIT_SUCCESS;
			return lists ? cells_list() : cells_run(faults[i].name, ONCE);
		}
		if (wanted == NULL && run_under(&faults[i], argv) != EXIT_SUCCESS)
			result = EXIT_FAILURE;
	}
	return result;
}
