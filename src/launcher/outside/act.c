/*
 * Acts on sockets. Owns no state.
 *
 * How the kernel is made to give up on a silent connection (net/ipv4/tcp_timer.c:
 * tcp_keepalive_timer): with TCP_USER_TIMEOUT set, a connection that has been silent for longer, and
 * has one keepalive probe without an answer, is ended with ETIMEDOUT. Setting TCP_KEEPIDLE starts
 * the timer, and the least idle time, 1 s, has passed. The first run sends the probe, the second ends
 * the connection. The probe's answer must not come between: with IP_MINTTL=255 the kernel drops
 * all segments from hosts that are not on the same link with a TTL of 255. So from that moment on no
 * data can come either, which makes it possible to look for data for the last time, and to go back.
 */
#include "launcher/outside/act.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/duration.h"

#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73
#endif

#define HIGHEST_TTL 255

/* The timer runs at the next tick; ticks are 1 to 10 ms apart. */
#define TIMER_INTERVAL (4 * NANOSECONDS_PER_MILLISECOND)
#define TIMER_TRIES    35

/* Connections that are ended together: each has a descriptor open meanwhile. */
#define BATCH 64

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

/* What the options were; -1: not known. */
struct saved {
	int barrier[COUNT_OF(barriers)];
	int trigger[COUNT_OF(triggers)];
};

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

static void save(int fd, struct saved *saved)
{
	for (size_t i = 0; i < COUNT_OF(barriers); i++)
		saved->barrier[i] = get(fd, &barriers[i]);
	for (size_t i = 0; i < COUNT_OF(triggers); i++)
		saved->trigger[i] = get(fd, &triggers[i]);
}

static void restore_barriers(int fd, const struct saved *saved)
{
	for (size_t i = 0; i < COUNT_OF(barriers); i++)
		if (saved->barrier[i] >= 0)
			(void)set(fd, &barriers[i], saved->barrier[i]);
}

/* Last first: without SO_KEEPALIVE the other options do nothing. */
static void restore_triggers(int fd, const struct saved *saved)
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

static bool is_ended(int fd)
{
	struct pollfd descriptor = {.fd = fd};

	return poll(&descriptor, 1, 0) > 0 && (descriptor.revents & (POLLERR | POLLHUP)) != 0;
}

/* Whether segments are dropped from now on, and nothing has come before. */
static bool is_shut(int fd, uint64_t received, bool *late)
{
	bool dropped = false;
	struct facts facts;

	for (size_t i = 0; i < COUNT_OF(barriers); i++)
		dropped |= set(fd, &barriers[i], barriers[i].value);
	*late = facts_take(fd, &facts) != 0 || !facts.tcp || facts.received != received ||
		facts.queued > 0 || facts.outstanding;
	return dropped && !*late;
}

/* Begin with one connection. Returns whether its end can be waited for. */
static bool begin(struct act_silent *connection, struct saved *saved)
{
	const int fd = connection->duplicate;
	bool late, good = true;

	save(fd, saved);
	if (!is_shut(fd, connection->received, &late)) {
		restore_barriers(fd, saved);
		connection->result = late ? ACT_LATE : act_disconnect(fd);
		return false;
	}
	for (size_t i = 0; i < COUNT_OF(triggers); i++)
		good &= set(fd, &triggers[i], triggers[i].value);
	if (good)
		return true;
	restore_triggers(fd, saved);
	restore_barriers(fd, saved);
	connection->result = act_disconnect(fd);
	return false;
}

/* The kernel has not given up. */
static void give_in(struct act_silent *connection, const struct saved *saved)
{
	const int fd = connection->duplicate;
	struct facts facts;
	bool late;

	restore_triggers(fd, saved);
	late = facts_take(fd, &facts) != 0 || facts.received != connection->received ||
	       facts.queued > 0;
	restore_barriers(fd, saved);
	connection->result = late ? ACT_LATE : act_disconnect(fd);
}

static void fail_batch(struct act_silent *connections, size_t count)
{
	static const struct setting again = {IPPROTO_TCP, TCP_KEEPIDLE, 1};
	const struct timespec interval = {.tv_nsec = TIMER_INTERVAL};
	struct saved saved[BATCH];
	bool pending[BATCH];
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		pending[i] = begin(&connections[i], &saved[i]);
		left += pending[i];
	}
	for (int tries = 0; left > 0 && tries < TIMER_TRIES; tries++) {
		(void)nanosleep(&interval, NULL);
		for (size_t i = 0; i < count; i++) {
			if (!pending[i])
				continue;
			if (is_ended(connections[i].duplicate)) {
				connections[i].result = ACT_DONE;
				pending[i] = false;
				left--;
			} else {
				(void)set(connections[i].duplicate, &again, again.value);
			}
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (pending[i])
			give_in(&connections[i], &saved[i]);
		close(connections[i].duplicate);
	}
}

void act_fail_silent(struct act_silent *connections, size_t count)
{
	for (size_t at = 0; at < count; at += BATCH)
		fail_batch(connections + at, count - at < BATCH ? count - at : BATCH);
}

enum act_result act_disconnect(int duplicate)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	if (connect(duplicate, &nowhere, sizeof nowhere) == 0 ||
	    shutdown(duplicate, SHUT_RDWR) == 0)
		return ACT_DISCONNECTED;
	return ACT_FAILED;
}
