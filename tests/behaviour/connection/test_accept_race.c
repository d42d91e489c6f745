/*
 * Several accept from one listener: who loses the race for a connection goes on waiting, and ends
 * in time. poll tells all of them of the one connection that only one of them gets.
 */
#include "config.h"

#include "harness/harness.h"

#include <poll.h>
#include <sys/wait.h>

#define RACERS 4
#define ROUNDS 5

struct racer {
	int listener;
	pid_t id;
	int accepted, error;
	double ms; /* of the last accept */
};

/* Accepts until it fails. A connection says by a byte whether that is the last to be taken. */
static void race(struct racer *racer)
{
	for (;;) {
		const double started = now_ms();
		const int fd = accept(racer->listener, NULL, NULL);
		char last = 0;

		racer->error = errno;
		racer->ms = now_ms() - started;
		if (fd < 0)
			return;
		racer->accepted++;
		if (recv(fd, &last, 1, 0) == 1 && last == 'l')
			return;
		close(fd);
	}
}

static void *race_in_thread(void *argument)
{
	race(argument);
	return NULL;
}

struct place {
	int listener;
	struct sockaddr_storage address;
	socklen_t length;
};

static struct place place_of(int family)
{
	struct place place = {.length = sizeof place.address};
	struct sockaddr_in loop = loopback(0);
	const struct sockaddr_un anything = {.sun_family = AF_UNIX};

	place.listener = socket(family, SOCK_STREAM, 0);
	ck_assert_int_ge(place.listener, 0);
	ck_assert_int_eq(
		family == AF_UNIX
			? bind(place.listener, (const struct sockaddr *)&anything,
			       sizeof(sa_family_t))
			: bind(place.listener, (const struct sockaddr *)&loop, sizeof loop),
		0);
	ck_assert_int_eq(listen(place.listener, 64), 0);
	ck_assert_int_eq(
		getsockname(place.listener, (struct sockaddr *)&place.address, &place.length),
		0);
	return place;
}

static void come(const struct place *place, char what)
{
	const int fd = socket(place->address.ss_family, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&place->address, place->length),
			 0);
	ck_assert_int_eq(send(fd, &what, 1, 0), 1);
}

/* What the racers did, all together. In MODE_SHORT all end by their deadlines, else by an 'l'. */
static void judge(const struct racer racers[RACERS], int connections)
{
	int accepted = 0;

	for (int i = 0; i < RACERS; i++) {
		accepted += racers[i].accepted;
		if (mode() == MODE_SHORT) {
			ck_assert_int_eq(racers[i].error, ETIMEDOUT);
			ck_assert_double_ge(racers[i].ms, SHORT_MS);
			ck_took_in_time(racers[i].ms, SHORT_MS);
		}
	}
	ck_assert_int_eq(accepted, connections);
}

/* One at a time, so that all who wait race for it. Returns how many came. */
static int come_all(const struct place *place, const pid_t ids[RACERS])
{
	for (int i = 0; i < RACERS; i++)
		wait_until_waiting(ids[i]);
	if (mode() == MODE_SHORT) {
		come(place, 'x');
		return 1;
	}
	for (int i = 0; i < ROUNDS; i++) {
		struct pollfd waiting = {.fd = place->listener, .events = POLLIN};

		come(place, 'x');
		while (poll(&waiting, 1, 0) != 0)
			(void)poll(NULL, 0, 1);
	}
	for (int i = 0; i < RACERS; i++)
		come(place, 'l');
	return ROUNDS + RACERS;
}

static void among_threads(const struct place *place)
{
	struct racer racers[RACERS];
	pthread_t threads[RACERS];
	pid_t ids[RACERS];
	int connections;

	for (int i = 0; i < RACERS; i++) {
		racers[i] = (struct racer){.listener = place->listener};
		threads[i] = background(&ids[i], race_in_thread, &racers[i]);
	}
	connections = come_all(place, ids);
	for (int i = 0; i < RACERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	judge(racers, connections);
}

BEHAVIOUR_RANGE(threads, ALL, AF_UNIX, AF_INET + 1)
{
	const struct place place = place_of(_i);

	among_threads(&place);
	/* Once more, with a listener that has been through it. */
	among_threads(&place);
}

/* The program takes the timer of a listener away, through another number of the same one. */
BEHAVIOUR_RANGE(threads_after_reset, ALL, AF_UNIX, AF_INET + 1)
{
	const struct timeval none = {0, 0};
	const struct place place = place_of(_i);

	come(&place, 'x');
	close(accept(place.listener, NULL, NULL));
	ck_assert_int_eq(
		setsockopt(dup(place.listener), SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none),
		0);
	among_threads(&place);
}

static void *accept_once(void *argument)
{
	const int listener = *(const int *)argument;

	ck_assert_int_eq(accept(listener, NULL, NULL), -1);
	return NULL;
}

/* The listener's number becomes another listener while a thread accepts: the kernel timer of the first
 * does not count for the second, whose own timer bounds it and stays. */
BEHAVIOUR_TEST(replaced, SHORT)
{
	const struct timeval own = {.tv_usec = 100000};
	struct timeval there = {0, 0};
	socklen_t length = sizeof there;
	struct sockaddr_in address;
	int listener = tcp_listener(&address, 1);
	const int next = tcp_listener(&address, 1);
	pid_t id;
	const pthread_t thread = background(&id, accept_once, &listener);

	wait_until_waiting(id);
	ck_assert_int_eq(dup2(next, listener), listener);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	for (int i = 0; i < 2; i++) {
		const double started = now_ms();

		ck_timed_out(accept(listener, NULL, NULL), started);
	}
	ck_assert_int_eq(setsockopt(next, SOL_SOCKET, SO_RCVTIMEO, &own, sizeof own), 0);
	ck_failed(accept(listener, NULL, NULL), EAGAIN);
	ck_assert_int_eq(getsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &there, &length), 0);
	ck_assert_int_eq(there.tv_sec, 0);
	ck_assert_int_eq(there.tv_usec, own.tv_usec);
}

BEHAVIOUR_RANGE(processes, ALL, AF_UNIX, AF_INET + 1)
{
	const struct place place = place_of(_i);
	struct racer racers[RACERS];
	pid_t ids[RACERS];
	int ends[2], connections;

	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < RACERS; i++) {
		ids[i] = fork();
		ck_assert_int_ge(ids[i], 0);
		if (ids[i] == 0) {
			struct racer racer = {.listener = place.listener};

			race(&racer);
			_exit(write(ends[1], &racer, sizeof racer) != sizeof racer);
		}
	}
	connections = come_all(&place, ids);
	for (int i = 0; i < RACERS; i++) {
		int status = -1;

		ck_assert_int_eq(waitpid(ids[i], &status, 0), ids[i]);
		ck_assert_int_eq(status, 0);
		ck_assert_int_eq(read(ends[0], &racers[i], sizeof racers[i]), sizeof racers[i]);
	}
	judge(racers, connections);
}

/* A worker of a server sets both timers on each connection. The status is 0 if its last accept ended by the timeout. */
static void work(int listener)
{
	const struct timeval own = {.tv_sec = 5};

	for (;;) {
		const double started = now_ms();
		const int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(errno != ETIMEDOUT || now_ms() - started < SHORT_MS);
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &own, sizeof own), 0);
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &own, sizeof own), 0);
	}
}

/* The timer that one process arms for its accept is not the program's own timer for another process. */
static void prefork(int family, bool known)
{
	const struct place place = place_of(family);
	pid_t ids[RACERS];

	for (int i = 0; i < RACERS; i++)
		come(&place, 'x');
	for (int i = 0; i < RACERS; i++) {
		ids[i] = fork();
		ck_assert_int_ge(ids[i], 0);
		if (ids[i] == 0)
			work(known ? place.listener : dup(place.listener));
		/* Its timer is armed now, for the first 20 ms. */
		wait_until_waiting(ids[i]);
	}
	for (int i = 0; i < RACERS; i++) {
		int status = -1;

		ck_assert_int_eq(waitpid(ids[i], &status, 0), ids[i]);
		ck_assert_int_eq(status, 0);
	}
}

BEHAVIOUR_RANGE(workers, SHORT, AF_UNIX, AF_INET + 1)
{
	prefork(_i, true);
}

/* The library does not know the listener, as after exec. */
BEHAVIOUR_RANGE(workers_of_unknown, SHORT, AF_UNIX, AF_INET + 1)
{
	prefork(_i, false);
}

/* Waits until no call has its timer on the listener. */
static void wait_for_no_timer(int listener)
{
	struct timeval timer = {-1, -1};
	socklen_t length = sizeof timer;

	while (timer.tv_sec != 0 || timer.tv_usec != 0) {
		(void)poll(NULL, 0, 1);
		ck_assert_int_eq(getsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &timer, &length),
				 0);
	}
}

/* A process that shares the listener waits long, and has left no timer when it is killed. */
BEHAVIOUR_RANGE(killed, NATIVE | LONG, AF_UNIX, AF_INET + 1)
{
	const struct place place = place_of(_i);
	const pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(accept(place.listener, NULL, NULL) >= 0);
	wait_until_waiting(child);
	wait_for_no_timer(place.listener);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	wait_for_no_timer(place.listener);
}

static void *accept_refused(void *argument)
{
	ck_failed(accept(*(const int *)argument, NULL, NULL), EINVAL);
	return NULL;
}

/* A program ends its accepting thread by shutdown, and closes the number at once. */
BEHAVIOUR_RANGE(shut_down, NATIVE | LONG, AF_UNIX, AF_INET + 1)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct place place = place_of(_i);
		pid_t id;
		const pthread_t thread = background(&id, accept_refused, &place.listener);

		wait_until_waiting(id);
		(void)poll(NULL, 0, i * 20);
		ck_assert_int_eq(shutdown(place.listener, SHUT_RDWR), 0);
		ck_assert_int_eq(close(place.listener), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "accept, several at once");
}
