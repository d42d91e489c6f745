/*
 * Threads that close numbers and open them as something else, while others read from them and change
 * O_NONBLOCK: afterwards each number is what the kernel says, and no call is bounded, or left without a
 * bound, by what the number meant before.
 */
#include "config.h"

#include "harness/harness.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/ioctl.h>

#define ROUNDS  3000
#define NUMBERS 4
#define FIRST   100 /* of the numbers */

static atomic_bool over;

enum kind { PIPE, STREAM, DATAGRAMS, NONBLOCKING, ACCEPTED, KINDS };

/* A new descriptor that would block, or not, of that kind; *other is its other side. */
static int make(enum kind kind, int *other)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof address;
	int pair[2] = {-1, -1}, listener;

	switch (kind) {
	case PIPE:
		ck_assert_int_eq(pipe(pair), 0);
		break;
	case STREAM:
		unix_pair(SOCK_STREAM, pair);
		break;
	case DATAGRAMS:
		unix_pair(SOCK_DGRAM, pair);
		break;
	case NONBLOCKING:
		unix_pair(SOCK_STREAM | SOCK_NONBLOCK, pair);
		break;
	default:
		listener = socket(AF_UNIX, SOCK_STREAM, 0);
		ck_assert_int_eq(
			bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
		ck_assert_int_eq(listen(listener, 1), 0);
		ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length),
				 0);
		pair[1] = socket(AF_UNIX, SOCK_STREAM, 0);
		ck_assert_int_eq(connect(pair[1], (struct sockaddr *)&address, length), 0);
		pair[0] = accept(listener, NULL, NULL);
		ck_assert_int_ge(pair[0], 0);
		ck_assert_int_eq(close(listener), 0);
	}
	*other = pair[1];
	return pair[0];
}

/* Reads, and sets O_NONBLOCK, on whatever the numbers are; the call before may have waited for what is
 * there no more. Never waits long: who changes a number ends the wait by its other side. */
static void *meddle(void *argument)
{
	unsigned int seed = *(unsigned int *)argument;
	char byte;

	while (!atomic_load(&over)) {
		const int fd = FIRST + rand_r(&seed) % NUMBERS;
		int on = rand_r(&seed) % 2;

		switch (rand_r(&seed) % 4) {
		case 0:
			(void)fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0);
			break;
		case 1:
			(void)ioctl(fd, FIONBIO, &on);
			break;
		case 2:
			(void)recv(fd, &byte, 1, MSG_DONTWAIT);
			break;
		default:
			(void)fcntl(fd, F_GETFL);
		}
	}
	return NULL;
}

/* A number of its own, which means something else in each round. */
static void *change(void *argument)
{
	const int fd = FIRST + *(int *)argument;
	unsigned int seed = (unsigned int)fd;

	for (int i = 0; i < ROUNDS; i++) {
		int other;
		const enum kind kind = (enum kind)(rand_r(&seed) % KINDS);
		const int made = make(kind, &other);

		if (rand_r(&seed) % 2 == 0)
			(void)close(fd);
		ck_assert_int_eq(dup2(made, fd), fd);
		(void)close(made);
		(void)close(other);
		/* A datagram socket does not tell that the other side is closed. */
		if (kind != DATAGRAMS && rand_r(&seed) % 2 == 0)
			(void)read(fd, &other, 1);
	}
	return NULL;
}

/* The number is a blocking socket at last: a receive waits, and is bounded. */
static void ck_blocks(int fd, int other)
{
	double started = now_ms();
	char byte;

	if (mode() == MODE_SHORT)
		ck_timed_out(recv(fd, &byte, 1, 0), started);
	ck_assert_int_eq(write(other, "x", 1), 1);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
}

BEHAVIOUR_TEST(race, ALL)
{
	pthread_t changing[NUMBERS], meddling[2];
	unsigned int seeds[] = {1, 2};
	int numbers[NUMBERS];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&meddling[i], NULL, meddle, &seeds[i]), 0);
	for (int i = 0; i < NUMBERS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&changing[i], NULL, change, &numbers[i]), 0);
	}
	for (int i = 0; i < NUMBERS; i++)
		ck_assert_int_eq(pthread_join(changing[i], NULL), 0);
	/* While the others go on, the numbers become blocking sockets. */
	for (int i = 0; i < NUMBERS; i++) {
		int other;
		const int made = make((enum kind)(i % 2 == 0 ? STREAM : ACCEPTED), &other);

		ck_assert_int_eq(dup2(made, FIRST + i), FIRST + i);
		(void)close(made);
		numbers[i] = other;
	}
	atomic_store(&over, true);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(meddling[i], NULL), 0);
	for (int i = 0; i < NUMBERS; i++) {
		make_nonblocking(FIRST + i, false);
		ck_blocks(FIRST + i, numbers[i]);
	}
}

static int flag_numbers[2];

static void *toggle(void *argument)
{
	const int copy = *(int *)argument;
	const int last = argument == &flag_numbers[0];

	for (int i = 0; i < ROUNDS; i++)
		(void)fcntl(copy, F_SETFL, i % 2 == last ? O_NONBLOCK : 0);
	return NULL;
}

/* Two threads set and clear the flag of one description, the one thread last sets and the other clears
 * the flag. What the kernel has at last is what counts. */
BEHAVIOUR_LOOP(toggled, ALL, 2)
{
	pthread_t threads[2];
	int pair[2];
	char byte;

	unix_pair(SOCK_STREAM, pair);
	flag_numbers[0] = pair[0];
	flag_numbers[1] = _i == 0 ? pair[0] : dup(pair[0]);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 2; i++)
			ck_assert_int_eq(
				pthread_create(&threads[i], NULL, toggle, &flag_numbers[i]), 0);
		for (int i = 0; i < 2; i++)
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		if ((fcntl(pair[0], F_GETFL) & O_NONBLOCK) != 0) {
			ck_failed(recv(pair[0], &byte, 1, 0), EAGAIN);
		} else if (mode() == MODE_SHORT) {
			const double started = now_ms();

			ck_timed_out(recv(pair[0], &byte, 1, 0), started);
		}
	}
}

typedef int fcntl_function(int fd, int command, ...);

static double toggle_ms(fcntl_function *function, int fd)
{
	const double started = processor_ms();

	for (int i = 0; i < 10000; i++)
		(void)function(fd, F_SETFL, i % 2 == 0 ? O_NONBLOCK : 0);
	return processor_ms() - started;
}

/* A change of O_NONBLOCK costs what libc's costs: no change goes through all numbers. */
BEHAVIOUR_TEST(toggles_cost, ALL)
{
	void *const libc = dlopen("libc.so.6", RTLD_NOW);
	fcntl_function *const native = __extension__(fcntl_function *) dlsym(libc, "fcntl");
	double best = 1e9, best_native = 1e9;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	/* The largest number that has been known counts. */
	(void)dup2(pair[1], 1000);
	for (int i = 0; i < 10; i++) {
		const double ms = toggle_ms(fcntl, pair[0]);
		const double native_ms = toggle_ms(native, pair[0]);

		best = ms < best ? ms : best;
		best_native = native_ms < best_native ? native_ms : best_native;
	}
	ck_assert_double_lt(best, 1.5 * best_native);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "races for numbers");
}
