/*
 * user-timeout and keepalive: what sockets have of it that rules meet, and that it ends a
 * connection whose other side is gone without a word: two network namespaces, and the link between
 * them cut. That part is skipped where there are none to be had (root, ip(8)).
 */
#include "config.h"

#include "rules/ruling.h"

#include <sched.h>
#include <sys/wait.h>

#define BOTH "to=127.0.0.2 user-timeout=5s,keepalive=10/5/3"
/* How every socket begins; the second and later numbers are the system's. */
#define NOTHING "0 0 [0-9]+ [0-9]+ [0-9]+"

static const struct {
	const char *rules, *arguments, *connected, *accepted;
} options[] = {
	{BOTH, "options=127.0.0.2", "5000 1 10 5 3", "5000 1 10 5 3"},
	{BOTH, "options=127.0.0.1", NOTHING, NOTHING},
	{"op=connect,to=127.0.0.2 keepalive=10/5/3", "options=127.0.0.2", "0 1 10 5 3",
	 NOTHING},
	{"op=accept,to=127.0.0.2 user-timeout=1500us", "options=127.0.0.2", NOTHING,
	 "2 0 [0-9]+ [0-9]+ [0-9]+"},
	{"to=127.0.0.2 keepalive=off; protocol=IPPROTO_TCP keepalive=10/5/3",
	 "options=127.0.0.2", NOTHING, NOTHING},
	/* What the program has set before: TCP_USER_TIMEOUT, SO_KEEPALIVE, TCP_KEEPIDLE; also to what it
	 * is anyway. */
	{BOTH, "options=127.0.0.2 6:18:7000", "7000 1 10 5 3", "7000 1 10 5 3"},
	{BOTH, "options=127.0.0.2 1:9:1", "5000 1 [0-9]{4} [0-9]+ 9",
	 "5000 1 [0-9]{4} [0-9]+ 9"},
	{BOTH, "options=127.0.0.2 1:9:0", "5000 0 [0-9]{4} [0-9]+ 9",
	 "5000 0 [0-9]{4} [0-9]+ 9"},
	{BOTH, "options=127.0.0.2 6:4:99", "5000 0 99 [0-9]+ 9", "5000 0 99 [0-9]+ 9"},
	{BOTH, "options=127.0.0.2 6:18:0", "0 1 10 5 3", "0 1 10 5 3"},
};

BEHAVIOUR_LOOP(shown, ONCE, COUNT(options))
{
	struct run run = {.rules = options[_i].rules};
	char expected[200];

	start_words(&run, options[_i].arguments);
	finish(&run);
	ck_assert_int_eq(run.status, 0);
	(void)snprintf(expected, sizeof expected, "^connected %s$", options[_i].connected);
	ck_lines(run.said, 2, expected);
	(void)snprintf(expected, sizeof expected, "^accepted %s$", options[_i].accepted);
	ck_lines(run.said, 2, expected);
	ck_assert_str_eq(run.complained, "");
}

static bool succeeds(const char *command)
{
	return system(command) == 0;
}

/* A process in a network namespace of its own, which takes connections at 10.99.0.2:7000 and says
 * no word. */
struct peer {
	pid_t process;
	int to, from; /* pipes */
};

static void be_peer(int in, int out)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
	const int listener = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	/* It has a namespace; then it has an end of the link. */
	if (unshare(CLONE_NEWNET) != 0 || write(out, "", 1) != 1 || read(in, &byte, 1) != 1 ||
	    !succeeds("{ ip address add 10.99.0.2/24 dev there && ip link set there up; }"
		      " >/dev/null 2>&1"))
		_exit(1);
	(void)close(listener);
	address.sin_addr.s_addr = htonl(0x0a630002);
	if (dup2(socket(AF_INET, SOCK_STREAM, 0), listener) != listener ||
	    bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(listener, 4) != 0 || write(out, "", 1) != 1)
		_exit(1);
	/* Told to cut the link: what is sent to the old address is nobody's from now on, and the other
	 * side sees no more of it than of a cable that is cut far away. */
	if (read(in, &byte, 1) == 1 && succeeds("ip link set there address 02:00:00:00:00:03"))
		(void)write(out, "", 1);
	(void)pause();
}

static bool peer_says(const struct peer *peer)
{
	char byte;

	return read(peer->from, &byte, 1) == 1;
}

/* This process goes into a network namespace of its own too, and there is a link. */
static bool enter_namespaces(struct peer *peer)
{
	char command[400];
	int to[2], from[2];

	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0 || pipe(to) != 0 || pipe(from) != 0)
		return false;
	peer->process = fork();
	if (peer->process == 0) {
		(void)close(from[0]);
		(void)close(to[1]);
		be_peer(to[0], from[1]);
		_exit(0);
	}
	(void)close(from[1]);
	peer->to = to[1];
	peer->from = from[0];
	(void)snprintf(command, sizeof command,
		       "{ ip link add here type veth peer name there"
		       " address 02:00:00:00:00:02 netns %d &&"
		       " ip address add 10.99.0.1/24 dev here && ip link set here up &&"
		       " ip neighbour add 10.99.0.2 lladdr 02:00:00:00:00:02 dev here"
		       " nud permanent; }"
		       " >/dev/null 2>&1",
		       (int)peer->process);
	return peer_says(peer) && succeeds(command) && write(to[1], "", 1) == 1 &&
	       peer_says(peer);
}

static bool namespaces_possible(void)
{
	int status = 1;
	const pid_t child = fork();
	struct peer peer = {.process = -1};

	if (child == 0) {
		const bool possible = enter_namespaces(&peer);

		if (peer.process > 0)
			(void)kill(peer.process, SIGKILL);
		_exit(possible ? 0 : 1);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* A program without any timeout, in a connection of which the link is cut, in recv with nothing
 * sent, or with a byte that nobody acknowledges. */
static const struct {
	const char *rules, *arguments;
	int from;
} halves[] = {
	/* 2 s idle, and two probes of 1 s. */
	{"to=10.99.0.0/24 keepalive=2s/1s/2", "client=10.99.0.2:7000 sync client-recv", 2500},
	{"to=10.99.0.0/24 user-timeout=2s", "client=10.99.0.2:7000 sync client-recv=sent",
	 2000},
};

BEHAVIOUR_LOOP(half_open, ONCE, COUNT(halves))
{
	struct run run = {.rules = halves[_i].rules};
	struct peer peer;

	need(namespaces_possible());
	ck_assert(enter_namespaces(&peer));
	start_words(&run, halves[_i].arguments);
	wait_until_ready(&run);
	ck_assert_int_eq(write(peer.to, "", 1), 1);
	ck_assert(peer_says(&peer));
	go_on(&run);
	finish(&run);
	ck_assert_int_eq(kill(peer.process, SIGKILL), 0);
	ck_last_wait(&run, "ETIMEDOUT", halves[_i].from, halves[_i].from + HANG_MS);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "rules for TCP");
}
