/*
 * Acts on sockets. Owns no state.
 *
 * How the kernel is made to give up on a silent connection (net/ipv4/tcp_timer.c:
 * tcp_keepalive_timer): with TCP_USER_TIMEOUT set, a connection that has been silent for longer, and
 * has one keepalive probe without an answer, is ended with ETIMEDOUT. Setting TCP_KEEPIDLE starts
 * the timer, and the least idle time, 1 s, has passed. The first run sends the probe, the second ends
 * the connection. The probe's answer must not come between: with IP_MINTTL=255 the kernel drops
 * all segments but those that have a TTL of 255 on arrival. So from that moment on no data can come
 * either, which makes it possible to look for data for the last time, and to go back.
 *
 * When the connection ends, no duplicate may be open: the program closes its descriptor then, and an
 * epoll set goes on to report an open file whose descriptor is closed. So the duplicate is closed
 * right after the timer has been started for the second time. The timer runs at a tick of the kernel's
 * clock, and it is started in the first half of the time between two of them.
 */
#include "launcher/outside/process/act.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/duration.h"

#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73
#endif

#define HIGHEST_TTL 255

/* The timer runs at the next tick or the one after; ticks are 1 to 10 ms apart. */
#define TIMER_TICKS 2
#define TIMER_TRIES 8

/* The options that are changed, in the order in which they are set. */
struct setting {
	int level, name, value;
};

static const struct setting barriers[] = {
	{IPPROTO_IP, IP_MINTTL, HIGHEST_TTL},
	{IPPROTO_IPV6, IPV6_MINHOPCOUNT, HIGHEST_TTL},
};

static const struct setting triggers[] = {
	{IPPROTO_TCP, TCP_USER_TIMEOUT, 1}, {IPPROTO_TCP, TCP_KEEPCNT, 1},
	{IPPROTO_TCP, TCP_KEEPINTVL, 1},    {IPPROTO_TCP, TCP_KEEPIDLE, 1},
	{SOL_SOCKET, SO_KEEPALIVE, 1},
};

_Static_assert(COUNT_OF(((struct act_saved *)NULL)->barrier) == COUNT_OF(barriers), "barriers");
_Static_assert(COUNT_OF(((struct act_saved *)NULL)->trigger) == COUNT_OF(triggers), "triggers");

static bool set(int fd, const struct setting *setting, int value)
{
	return setsockopt(fd, setting->level, setting->name, &value, sizeof value) == 0;
}

static int get(int fd, const struct setting *setting)
{
	int value = -1;
	socklen_t size = sizeof value;

	return getsockopt(fd, setting->level, setting->name, &value, &size) == 0 ? value : -1;
}

static void save(int fd, struct act_saved *saved)
{
	for (size_t i = 0; i < COUNT_OF(barriers); i++)
		saved->barrier[i] = get(fd, &barriers[i]);
	for (size_t i = 0; i < COUNT_OF(triggers); i++)
		saved->trigger[i] = get(fd, &triggers[i]);
}

static void restore_barriers(int fd, const struct act_saved *saved)
{
	for (size_t i = 0; i < COUNT_OF(barriers); i++)
		if (saved->barrier[i] >= 0)
			(void)set(fd, &barriers[i], saved->barrier[i]);
}

/* Last first: without SO_KEEPALIVE the other options do nothing. */
static void restore_triggers(int fd, const struct act_saved *saved)
{
	for (size_t i = COUNT_OF(triggers); i-- > 0;)
		if (saved->trigger[i] >= 0)
			(void)set(fd, &triggers[i], saved->trigger[i]);
}

bool act_change_timeout(int duplicate, int before, int now)
{
	const struct setting *const setting = &triggers[0];

	return get(duplicate, setting) == before && set(duplicate, setting, now);
}

/* Whether segments are dropped from now on, and nothing has come before. */
static bool is_shut(int fd, uint64_t moved, bool *late)
{
	bool dropped = false;
	struct facts facts;

	for (size_t i = 0; i < COUNT_OF(barriers); i++)
		dropped |= set(fd, &barriers[i], barriers[i].value);
	*late = facts_take(fd, &facts) != 0 || !facts.tcp || facts.moved != moved ||
		facts.queued > 0 || facts.outstanding;
	return dropped && !*late;
}

/* Have the keepalive timer run. */
static bool start_timer(int fd)
{
	static const struct setting idle = {IPPROTO_TCP, TCP_KEEPIDLE, 1};

	return set(fd, &idle, idle.value);
}

static int duplicate_of(const struct act_silent *connection)
{
	return facts_duplicate(connection->pidfd, connection->fd, connection->inode);
}

/* Shut the connection off, and have the first probe sent. */
static void begin(struct act_silent *connection)
{
	const int fd = duplicate_of(connection);
	bool late, good = true;

	connection->pending = false;
	connection->result = ACT_LATE;
	if (fd < 0)
		return;
	save(fd, &connection->saved);
	if (is_shut(fd, connection->moved, &late)) {
		for (size_t i = 0; i < COUNT_OF(triggers); i++)
			good &= set(fd, &triggers[i], triggers[i].value);
		connection->pending = good;
	}
	if (!connection->pending) {
		restore_triggers(fd, &connection->saved);
		restore_barriers(fd, &connection->saved);
		if (!late)
			connection->result = act_disconnect(fd);
	}
	close(fd);
}

/* How far apart the ticks of the kernel's clock are. */
static int64_t tick(void)
{
	struct timespec resolution;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &resolution) != 0)
		return 10 * NANOSECONDS_PER_MILLISECOND;
	return resolution.tv_nsec;
}

static void sleep_for(int64_t nanoseconds)
{
	const struct timespec time = {.tv_nsec = (long)nanoseconds};

	(void)nanosleep(&time, NULL);
}

/* Wait until the next tick is not near. */
static void avoid_tick(void)
{
	const int64_t length = tick();
	const int64_t passed = clock_now() - clock_coarse();

	if (passed > length / 2)
		sleep_for(passed < length ? length - passed + length / 16 : length / 16);
}

/* Have the connection ended, if a probe is without an answer. */
static void end(struct act_silent *connection, bool last)
{
	const int fd = duplicate_of(connection);
	struct facts facts;
	bool asked;

	if (fd < 0 || facts_take(fd, &facts) != 0) {
		/* The program has closed it. */
		connection->pending = false;
		if (fd >= 0)
			close(fd);
		return;
	}
	asked = facts.probes > 0;
	if (asked || !last) {
		avoid_tick();
		(void)start_timer(fd);
		close(fd);
		if (asked) {
			connection->result = ACT_DONE;
			connection->pending = false;
		}
		return;
	}
	/* The other side is near, and answers. */
	connection->pending = false;
	restore_triggers(fd, &connection->saved);
	restore_barriers(fd, &connection->saved);
	if (facts.queued == 0 && facts.moved == connection->moved)
		connection->result = act_disconnect(fd);
	close(fd);
}

void act_fail_silent(struct act_silent *connections, size_t count)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		begin(&connections[i]);
		left += connections[i].pending;
	}
	for (int tries = 0; left > 0 && tries < TIMER_TRIES; tries++) {
		sleep_for(TIMER_TICKS * tick());
		left = 0;
		for (size_t i = 0; i < count; i++) {
			if (connections[i].pending)
				end(&connections[i], tries == TIMER_TRIES - 1);
			left += connections[i].pending;
		}
	}
}

enum act_result act_disconnect(int duplicate)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	if (connect(duplicate, &nowhere, sizeof nowhere) == 0 ||
	    shutdown(duplicate, SHUT_RDWR) == 0)
		return ACT_DISCONNECTED;
	return ACT_FAILED;
}
