/*
 * Rules: each criterion with two waits side by side, one of which it meets; what enforces; what is
 * idle. Each wait is in a process of its own.
 */
#include "config.h"

#include "rules/ruling.h"

#include <limits.h>
#include <sys/stat.h>

/* A wait that the rule meets, which says 100 ms, and one that it does not, for which SPEC says
 * 1500. */
#define MET(criteria, met, other)                                                              \
	{criteria " timeout=100ms", "1500ms", met, "ETIMEDOUT", 100, 1500},                    \
	{                                                                                      \
		criteria " timeout=100ms", "1500ms", other, "ETIMEDOUT", 1500, IN_TIME         \
	}

static const struct wait_under operations[] = {
	MET("op=recv", "recv=127.0.0.1", "accept=127.0.0.1"),
	MET("op=send", "send=127.0.0.1", "recv=127.0.0.1"),
	MET("op=accept", "accept=127.0.0.1", "recv=127.0.0.1"),
	MET("op=connect", "connect=127.0.0.1", "accept=127.0.0.1"),
	MET("op=recv", "stream=127.0.0.1", "send=127.0.0.1"),
	MET("op=recv", "poll=127.0.0.1", "poll-connect=127.0.0.1"),
	MET("op=recv", "select=127.0.0.1", "connect=@a%"),
	MET("op=connect", "poll-connect=127.0.0.1", "poll=127.0.0.1"),
	MET("op=connect", "epoll-connect=127.0.0.1", "epoll=127.0.0.1"),
	MET("op=wait", "poll=127.0.0.1", "recv=127.0.0.1"),
	MET("op=wait", "epoll-connect=127.0.0.1", "connect=127.0.0.1"),
};

static const struct wait_under places[] = {
	MET("to=127.0.0.2", "recv=127.0.0.2", "recv=127.0.0.1"),
	MET("to=127.0.0.2", "send=127.0.0.2", "send=127.0.0.1"),
	MET("to=127.0.0.2", "accept=127.0.0.2", "accept=127.0.0.1"),
	MET("to=127.0.0.2", "connect=127.0.0.2", "connect=127.0.0.1"),
	MET("to=127.0.0.2", "poll=127.0.0.2", "poll=127.0.0.1"),
	MET("to=127.0.0.2", "select=127.0.0.2", "select=127.0.0.1"),
	MET("to=127.0.0.2", "epoll=127.0.0.2", "epoll=127.0.0.1"),
	MET("to=127.0.0.2", "poll-connect=127.0.0.2", "poll-connect=127.0.0.1"),
	MET("to=127.0.0.2", "epoll-connect=127.0.0.2", "epoll-connect=127.0.0.1"),
	MET("to=127.0.0.2", "stream=127.0.0.2", "stream=127.0.0.1"),
	MET("op=wait,to=127.0.0.2", "epoll=127.0.0.2", "epoll=127.0.0.1"),
	MET("op=wait,to=127.0.0.2", "poll-connect=127.0.0.2", "poll-connect=127.0.0.1"),
	MET("to=127.0.0.2", "type=2 recv=127.0.0.2", "type=2 recv=127.0.0.1"),
	MET("to=127.0.2.0/23", "recv=127.0.3.4", "recv=127.0.4.1"),
	MET("to=127.0.0.2/32", "recv=::ffff:127.0.0.2", "recv=::ffff:127.0.0.1"),
	MET("to=::ffff:127.0.0.2", "recv=127.0.0.2", "recv=127.0.0.3"),
	MET("to=::1", "recv=::1", "recv=127.0.0.1"),
	MET("to=[::]/64", "poll=::1", "poll=127.0.0.1"),
	MET("to=/tmp/socktimeout-test-*/a*", "recv=unix:$/a%", "recv=unix:$/b%"),
	MET("to=@socktimeout-a*", "recv=@socktimeout-a%", "recv=@socktimeout-b%"),
	MET("to=@socktimeout-c*", "connect=@socktimeout-c%", "connect=@socktimeout-d%"),
};

static const struct wait_under kinds[] = {
	MET("family=AF_INET6", "recv=::1", "recv=127.0.0.1"),
	MET("family=AF_INET", "connect=127.0.0.1", "connect=@a%"),
	MET("family=AF_UNIX", "poll=@b%", "poll=127.0.0.1"),
	MET("type=SOCK_DGRAM", "type=2 recv=127.0.0.1", "recv=127.0.0.1"),
	MET("type=SOCK_SEQPACKET", "type=5 recv=@c%", "recv=@d%"),
	MET("protocol=IPPROTO_UDP", "type=2 poll=127.0.0.1", "poll=127.0.0.1"),
	MET("protocol=IPPROTO_TCP", "accept=127.0.0.1", "accept=@e%"),
	MET("protocol=6,to=127.0.0.2", "recv=127.0.0.2", "recv=127.0.0.1"),
};

/* The program's own bounds are cut short where a rule says so, and only there; a shorter one
 * stays, with its own error. */
#define ENFORCED "to=127.0.0.2 timeout=100ms,enforce"
static const struct wait_under enforced[] = {
	{ENFORCED, NULL, "own=1500 recv=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{ENFORCED, NULL, "own=1500 recv=127.0.0.1", "EAGAIN", 1490, IN_TIME},
	{ENFORCED, NULL, "own=40 recv=127.0.0.2", "EAGAIN", 30, 100},
	{ENFORCED, NULL, "own=1500 send=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{ENFORCED, NULL, "own=1500 send=127.0.0.1", "EAGAIN", 1490, IN_TIME},
	{ENFORCED, NULL, "own=1500 accept=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{ENFORCED, NULL, "own=1500 accept=127.0.0.1", "EAGAIN", 1490, IN_TIME},
	{ENFORCED, NULL, "own=1500 connect=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{ENFORCED, NULL, "own=1500 connect=127.0.0.1", "EINPROGRESS", 1490, IN_TIME},
	{ENFORCED, NULL, "own=40 connect=127.0.0.2", "EINPROGRESS", 30, 100},
	{ENFORCED, NULL, "own=1500 stream=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{ENFORCED, NULL, "own=1500 stream=127.0.0.1", "EAGAIN", 1490, IN_TIME},
	{ENFORCED, NULL, "wait=1500 poll=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{ENFORCED, NULL, "wait=1500 poll=127.0.0.1", "0", 1490, IN_TIME},
	{ENFORCED, NULL, "wait=40 poll=127.0.0.2", "0", 30, 100},
	{ENFORCED, NULL, "wait=1500 select=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{ENFORCED, NULL, "wait=1500 epoll=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{ENFORCED, NULL, "wait=1500 epoll=127.0.0.1", "0", 1490, IN_TIME},
	{ENFORCED, NULL, "wait=1500 poll-connect=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{ENFORCED, NULL, "wait=1500 poll-connect=127.0.0.1", "0", 1490, IN_TIME},
	/* Without it they stay. */
	{"to=127.0.0.2 timeout=100ms", NULL, "own=600 recv=127.0.0.2", "EAGAIN", 590, IN_TIME},
	{"to=127.0.0.2 timeout=100ms", NULL, "wait=600 poll=127.0.0.2", "0", 590, IN_TIME},
	/* SPEC's timeout, which a rule enforces. */
	{"to=127.0.0.2 enforce", "100ms", "own=1500 recv=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{"to=127.0.0.2 enforce", "100ms", "own=1500 recv=127.0.0.1", "EAGAIN", 1490, IN_TIME},
};

static const struct wait_under idles[] = {
	{"to=127.0.0.2 idle=100ms", "idle=1500ms", "idle=127.0.0.2", "ETIMEDOUT", 100, 1500},
	{"to=127.0.0.2 idle=100ms", "idle=1500ms", "idle=127.0.0.1", "ETIMEDOUT", 1500,
	 IN_TIME},
};

/* In which order rules count, and how often. */
static const struct wait_under ordered[] = {
	{"to=127.0.0.2 timeout=off; op=recv timeout=100ms", "1500ms", "recv=127.0.0.1",
	 "ETIMEDOUT", 100, 1500},
	{"to=127.0.0.2 timeout=1500ms; op=recv timeout=100ms", NULL, "recv=127.0.0.2",
	 "ETIMEDOUT", 1500, IN_TIME},
	{"to=127.0.0.0/8 timeout=off", "100ms", "own=600 recv=127.0.0.2", "EAGAIN", 590,
	 IN_TIME},
	/* One for what is waited for follows another one for that. */
	{"op=recv timeout=100ms; to=127.0.0.1 timeout=1500ms", NULL, "poll=127.0.0.1",
	 "ETIMEDOUT", 100, 1500},
	{"to=127.0.0.1 timeout=100ms", "wait=1500ms", "poll=127.0.0.1", "ETIMEDOUT", 100, 1500},
	{"op=recv,when=2 timeout=100ms", "600ms", "recv=127.0.0.1", "ETIMEDOUT", 600, IN_TIME},
	{"op=recv,when=2 timeout=100ms", "600ms", "repeat=2 recv=127.0.0.1", "ETIMEDOUT", 100,
	 600},
	{"op=recv,when=2 timeout=100ms", "600ms", "repeat=3 recv=127.0.0.1", "ETIMEDOUT", 600,
	 IN_TIME},
	/* What poll waits for is no call that is counted. */
	{"op=recv,when=1..9 timeout=100ms", "600ms", "poll=127.0.0.1", "ETIMEDOUT", 600,
	 IN_TIME},
	{"to=127.0.0.1,when=1..9 timeout=100ms", "600ms", "epoll=127.0.0.1", "ETIMEDOUT", 600,
	 IN_TIME},
	{"op=connect,to=127.0.0.0/8,when=1..9 timeout=100ms", "600ms", "poll-connect=127.0.0.1",
	 "ETIMEDOUT", 600, IN_TIME},
	{"prog=*,when=1..9 idle=100ms", "idle=600ms", "idle=127.0.0.1", "ETIMEDOUT", 600,
	 IN_TIME},
};

static struct wait_under ports[4];

/* A port that is nobody's, and that the kernel gives nobody (ip(7): ip_local_port_range): reserved
 * on an address that nobody uses. */
static int reserve(void)
{
	static int next;
	struct sockaddr_in address = {.sin_family = AF_INET};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (next == 0)
		next = 10000 + getpid() % 10000;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 249);
	do
		address.sin_port = htons((in_port_t)next++);
	while (bind(fd, (struct sockaddr *)&address, sizeof address) != 0);
	return ntohs(address.sin_port);
}

BEHAVIOUR_TEST(by_port, ONCE)
{
	static char rules[2][60], arguments[4][60];
	const int port = reserve(), other = reserve();

	(void)snprintf(rules[0], sizeof rules[0], "port=%d timeout=100ms", port);
	(void)snprintf(rules[1], sizeof rules[1], "port=%d..%d timeout=100ms", port, port);
	(void)snprintf(arguments[0], sizeof arguments[0], "recv=127.0.0.1:%d", port);
	(void)snprintf(arguments[1], sizeof arguments[1], "recv=127.0.0.1:%d", other);
	(void)snprintf(arguments[2], sizeof arguments[2], "poll-connect=127.0.0.2:%d", port);
	(void)snprintf(arguments[3], sizeof arguments[3], "poll-connect=127.0.0.2:%d", other);
	for (int i = 0; i < 4; i++)
		ports[i] = (struct wait_under){rules[i / 2],
					       "1500ms",
					       arguments[i],
					       "ETIMEDOUT",
					       i % 2 == 0 ? 100 : 1500,
					       i % 2 == 0 ? 1500 : IN_TIME};
	ck_waits_under(ports, COUNT(ports));
}

/* By the name or the path of the program, of a link to it, and of a script that it interprets. */
BEHAVIOUR_TEST(by_program, ONCE)
{
	static char path_rule[PATH_MAX + 40];
	const struct {
		const char *rules, *name;
		bool met;
	} programs[] = {
		{"prog=rules_victim timeout=100ms", NULL, true},
		{"prog=rules_v[i]* timeout=100ms", NULL, true},
		{path_rule, NULL, true},
		{"prog=victim timeout=100ms", NULL, false},
		{"prog=/usr/bin/* timeout=100ms", NULL, false},
		{"prog=link timeout=100ms", "link", true},
		{"prog=rules_victim timeout=100ms", "link", true},
		{"prog=script timeout=100ms", "script", true},
		{"prog=rules_victim timeout=100ms", "script", true},
		{"prog=link timeout=100ms", "script", false},
	};
	static struct run runs[10];
	static char paths[10][200], victim[PATH_MAX];
	char text[PATH_MAX + 40];

	(void)snprintf(victim, sizeof victim, "%s/rules/rules_victim", test_directory());
	(void)snprintf(path_rule, sizeof path_rule, "prog=%s/rules/rules_v* timeout=100ms",
		       test_directory());
	ck_assert_int_eq(symlink(victim, in_files("link")), 0);
	(void)snprintf(text, sizeof text, "#!%s recv=127.0.0.1\n", victim);
	write_file(in_files("script"), text);
	ck_assert_int_eq(chmod(in_files("script"), 0755), 0);
	for (int i = 0; i < COUNT(programs); i++) {
		runs[i].rules = programs[i].rules;
		runs[i].spec = "1500ms";
		if (programs[i].name != NULL) {
			(void)snprintf(paths[i], sizeof paths[i], "%s",
				       in_files(programs[i].name));
			runs[i].program = paths[i];
		}
		start_words(&runs[i],
			    programs[i].name != NULL && strcmp(programs[i].name, "script") == 0
				    ? ""
				    : "recv=127.0.0.1");
	}
	for (int i = 0; i < COUNT(programs); i++) {
		finish(&runs[i]);
		ck_last_wait(&runs[i], "ETIMEDOUT", programs[i].met ? 100 : 1500,
			     programs[i].met ? 1500 : IN_TIME);
	}
}

#define TABLE_TEST(name)                                                                       \
	BEHAVIOUR_TEST(test_##name, ONCE)                                                      \
	{                                                                                      \
		ck_waits_under(name, COUNT(name));                                             \
	}

TABLE_TEST(operations)
TABLE_TEST(places)
TABLE_TEST(kinds)
TABLE_TEST(enforced)
TABLE_TEST(idles)
TABLE_TEST(ordered)

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "rules");
}
