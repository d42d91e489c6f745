/*
 * Rules for the resolver's lookups, of which no socket is known.
 */
#include "config.h"

#include "resolve/nameserver.h"
#include "rules/ruling.h"

static const struct wait_under lookups[] = {
	{"op=resolve timeout=100ms", "1500ms", "resolve=silent.test", "ETIMEDOUT", 100, 1500},
	{"op=recv timeout=100ms", "1500ms", "resolve=silent.test", "ETIMEDOUT", 1500, IN_TIME},
	{"prog=rules_victim timeout=100ms", NULL, "resolve=silent.test", "ETIMEDOUT", 100,
	 1500},
	/* It asks about a socket. */
	{"to=127.0.0.2 timeout=100ms", "1500ms", "resolve=silent.test", "ETIMEDOUT", 1500,
	 IN_TIME},
	{"op=resolve timeout=off", "100ms", "resolve=late.test", "0", 90, IN_TIME},
	{"op=resolve,when=2 timeout=100ms", "600ms", "repeat=2 resolve=silent.test",
	 "ETIMEDOUT", 100, 600},
};

BEHAVIOUR_TEST(test_lookups, ONCE)
{
	ck_waits_under(lookups, COUNT(lookups));
}

int main(int argc, char **argv)
{
	return nameserver_main(argc, argv, "rules for lookups");
}
