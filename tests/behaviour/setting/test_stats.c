/*
 * SOCKTIMEOUT_STATS: every wait is counted once, whoever waits and whatever kills them, and whatever
 * becomes of the file meanwhile.
 */
#include "config.h"

#include "setting/counting.h"

BEHAVIOUR_TEST(each_operation, ONCE)
{
	struct run run = {.spec = "60ms,connect=70ms"};
	struct stats_file file;

	begin_counting();
	RUN_VICTIM(&run, "recv", "recv-udp", "accept", "connect");
	file = counters(victim_file);
	ck_counted(&file, OPERATION_RECV, 2, 60);
	/* One made the connection. */
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_CONNECT].timeouts), 1);
	ck_assert_uint_ge(waits(&file.of[OPERATION_CONNECT]), 1);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_ACCEPT].timeouts), 1);
	ck_assert_uint_eq(waits(&file.of[OPERATION_SEND]), 0);
	/* A send that takes a part waits more than once. */
	RUN_VICTIM(&run, "send");
	file = counters(victim_file);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_SEND].timeouts), 1);
	ck_assert_uint_ge(waits(&file.of[OPERATION_SEND]), 1);
	ck_counted(&file, OPERATION_RECV, 2, 60);
}

BEHAVIOUR_TEST(readiness, ONCE)
{
	struct run run = {.spec = "60ms"};
	struct stats_file file;

	begin_counting();
	ck_assert_uint_eq(RUN_MANY(&run, "1", "1", "2", "poll", "select", "epoll"), 6);
	file = counters(others_file);
	ck_counted(&file, OPERATION_WAIT, 6, 60);
	/* recv was told at once. */
	ck_assert_uint_eq(waits(&file.of[OPERATION_RECV]), 0);
}

BEHAVIOUR_TEST(streams, ONCE)
{
	struct run run = {.spec = "60ms"};
	struct stats_file file;

	begin_counting();
	ck_assert_uint_eq(RUN_MANY(&run, "1", "1", "2", "stream"), 2);
	file = counters(others_file);
	ck_counted(&file, OPERATION_RECV, 2, 60);
}

/* Faults are counted where nothing is bounded, too. */
BEHAVIOUR_TEST(faults, ONCE)
{
	struct run run = {.spec = "off", .rules = "op=recv error=ECONNRESET"};
	struct stats_file file;

	begin_counting();
	RUN_VICTIM(&run, "recv", "recv-udp");
	ck_assert_ptr_nonnull(strstr(run.said, "recv -1 ECONNRESET"));
	file = counters(victim_file);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_RECV].faults), 2);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_RECV].timeouts), 0);
	ck_assert_uint_eq(waits(&file.of[OPERATION_RECV]), 0);
}

/* Processes and threads that count at the same time, from their first wait on. */
BEHAVIOUR_TEST(many, ONCE)
{
	struct run run = {.spec = "20ms"};
	struct stats_file file;

	begin_counting();
	ck_assert_uint_eq(RUN_MANY(&run, "4", "16", "10", "recv"), 640);
	file = counters(others_file);
	ck_counted(&file, OPERATION_RECV, 640, 19);
	/* Totals outlive the processes. */
	ck_assert_uint_eq(RUN_MANY(&run, "2", "2", "5", "recv"), 20);
	file = counters(others_file);
	ck_counted(&file, OPERATION_RECV, 660, 19);
}

/* What was counted before a process is killed is not lost. */
BEHAVIOUR_TEST(killed, ONCE)
{
	struct run run = {.spec = "recv=10ms"};
	uint64_t told;
	struct stats_file file;
	char bytes[50];

	begin_counting();
	use_stats_victim(&run);
	start(&run, (const char *const[]){"1", "4", "1000000", "recv", NULL});
	for (size_t n = 0; n < sizeof bytes;) {
		const ssize_t more = read(run.out, bytes + n, sizeof bytes - n);

		ck_assert_int_gt(more, 0);
		n += (size_t)more;
	}
	stop(&run);
	told = sizeof bytes + strlen(run.said);
	file = counters(others_file);
	ck_assert_uint_ge(waits(&file.of[OPERATION_RECV]), told);
	ck_assert_uint_le(waits(&file.of[OPERATION_RECV]), told + 4);
}

/* While threads count: to nothing, and they begin anew; to a part, and it goes on unseen. */
BEHAVIOUR_TEST(cut_short, ONCE)
{
	static const off_t lengths[] = {0, 100};
	struct run run = {.spec = "recv=5ms"};
	struct stats_file file;
	char bytes[200];

	begin_counting();
	use_stats_victim(&run);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		int cuts = 0;

		start(&run, (const char *const[]){"1", "4", "300", "recv", NULL});
		for (ssize_t n; (n = read(run.out, bytes, sizeof bytes)) > 0;)
			if (cuts < 20 && truncate(others_file, lengths[i]) == 0)
				cuts++;
		finish(&run);
		ck_assert_msg(run.status == 0, "status %x: %s", (unsigned)run.status,
			      run.complained);
		ck_assert_int_gt(cuts, 0);
		if (lengths[i] == 0) {
			file = counters(others_file);
			ck_assert_uint_gt(waits(&file.of[OPERATION_RECV]), 0);
			ck_assert_uint_le(waits(&file.of[OPERATION_RECV]), 1200);
		}
	}
}

/* The file is removed, and its successor is used by the next process at once. */
BEHAVIOUR_TEST(removed, ONCE)
{
	struct run run = {.spec = "recv=20ms"};
	struct stats_file file;

	begin_counting();
	(void)RUN_MANY(&run, "1", "1", "3", "recv");
	ck_assert_int_eq(unlink(others_file), 0);
	(void)RUN_MANY(&run, "1", "1", "2", "recv");
	file = counters(others_file);
	ck_counted(&file, OPERATION_RECV, 2, 20);
}

/* A counter that is full is carried: nothing is lost. */
BEHAVIOUR_TEST(carried, ONCE)
{
	struct run run = {.spec = "recv=20ms"};
	struct {
		struct stats_file file;
		char rest[STATS_FILE_SIZE - sizeof(struct stats_file)];
	} whole = {.file = {.header = stats_header}};
	struct stats_counter *const timeouts = &whole.file.of[OPERATION_RECV].timeouts;
	struct stats_file file;

	begin_counting();
	*timeouts = (struct stats_counter){.low = STATS_CARRY + 5, .high = 7};
	whole.file.of[OPERATION_IDLE].faults.low = STATS_CARRY;
	write_whole(others_file, &whole, sizeof whole, 0600);
	(void)RUN_MANY(&run, "2", "4", "1", "recv");
	file = counters(others_file);
	ck_assert_uint_eq(stats_total(&file.of[OPERATION_RECV].timeouts),
			  8 * (uint64_t)STATS_CARRY + 5 + 8);
	ck_assert_uint_eq(file.of[OPERATION_RECV].timeouts.high, 8);
	ck_assert_uint_eq(file.of[OPERATION_IDLE].faults.high, 1);
	ck_assert_uint_eq(file.of[OPERATION_IDLE].faults.low, 0);
}

/* Those that come when there are many are counted together. */
BEHAVIOUR_TEST(too_many, ONCE)
{
	struct run run = {.spec = "20ms"};
	struct stats_file file;
	char path[300];

	begin_counting();
	for (int i = 0; i < STATS_PROGRAMS; i++) {
		(void)snprintf(path, sizeof path, "%s/p%d.%u.stats", stats_directory, i,
			       (unsigned int)geteuid());
		write_whole(path, "", 0, 0600);
	}
	(void)RUN_MANY(&run, "1", "1", "2", "recv");
	run.program = NULL;
	RUN_VICTIM(&run, "recv");
	ck_assert_int_ne(access(others_file, F_OK), 0);
	(void)snprintf(path, sizeof path, "%s/other.%u.stats", stats_directory,
		       (unsigned int)geteuid());
	file = counters(path);
	ck_counted(&file, OPERATION_RECV, 3, 20);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "stats");
}
