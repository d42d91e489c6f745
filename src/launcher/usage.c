/*
 * The texts of --help, of which each page fits on a terminal of 24 lines and 80 columns; and the messages about
 * wrong arguments. Constant.
 */
#include "config.h"

#include "launcher/usage.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/status.h"

static const char main_page[] =
	"Usage: socktimeout [OPTION]... SPEC COMMAND [ARG]...\n"
	"Run COMMAND. A wait on a socket that is longer than SPEC fails with ETIMEDOUT.\n"
	"SPEC: 5s   1m,connect=2s,accept=off   off (rules only); units us ms s m h d\n"
	"  Operations: connect accept recv send resolve wait idle reply\n"
	"Rules     --rule=RULE     add a rule; --help=rules shows the keys of rules\n"
	"          --config=FILE   read rules from FILE, in place of the system's file\n"
	"Faults    --seed=N        seed of random faults; --dry-run: only log faults\n"
	"Results   --fail          end with 124 if COMMAND ends with 0 after a timeout\n"
	"          --summary       print at the end which peers COMMAND waited for\n"
	"Log       --log=WHERE     off, stderr, syslog, journal or an absolute path\n"
	"          --log-level=call  log every call; --json: one object for each line\n"
	"Counters  --stats=DIR     count in DIR. Without SPEC, print the counters; with\n"
	"                          --watch as a table, --suggest [--factor=N] as a policy\n"
	"Programs without the library (static, Go, running)\n"
	"          --outside=WHEN  bound from outside: auto (default), always, never\n"
	"          --attach=PID,.. [SPEC]  bound running processes; all: every process\n"
	"          --force         run COMMAND also if it cannot be bounded\n"
	"In place of running COMMAND\n"
	"          --check COMMAND           show which calls of COMMAND are bounded\n"
	"          --explain OPERATION HOST:PORT [SPEC]  show the rules for a call\n"
	"                                    of --prog=PROG, --user=USER, --unit=UNIT\n"
	"          --print-policy [SPEC]  --systemd-drop-in SPEC  --constants [PREFIX]\n"
	"          --help[=rules]  --version          See socktimeout(1).\n";

static const char rules_page[] =
	"CRITERION[,CRITERION]... ACTION[,ACTION]...    The first matching rule applies.\n"
	"  prog=psql,op=recv,to=10.0.0.0/8,port=5432 timeout=30s\n"
	"Criteria\n"
	"  op=OPERATION       connect accept recv send resolve wait idle reply\n"
	"  prog=GLOB user=NAME unit=GLOB     program, user, unit of systemd\n"
	"  to=ADDRESS[/BITS] to=unix:GLOB    address of the peer\n"
	"  port=N[..M] host=GLOB             port of the peer; name that was looked up\n"
	"  family=AF_INET6 type=SOCK_DGRAM protocol=IPPROTO_TCP\n"
	"  when=N[..M][+STEP] after=BYTES    the Nth to Mth call; after this many bytes\n"
	"  from=TIME until=TIME              time since the start of the program\n"
	"Timeouts\n"
	"  timeout=TIME       off: none; enforce: shorten the program's own timeouts\n"
	"  idle=TIME reply=TIME              no traffic; no answer to what was sent\n"
	"  user-timeout=TIME keepalive=IDLE/INTERVAL/COUNT   options of TCP\n"
	"Faults\n"
	"  error=ERRNO reset blackhole       fail; reset the connection; wait for ever\n"
	"  delay=TIME jitter=TIME            take longer\n"
	"  short=BYTES rate=BYTES shared     at most BYTES in a call; in a second\n"
	"  loss duplicate slow-close=TIME    datagrams; late end of a stream\n"
	"  probability=P                     only a share of the calls, 0 to 1\n"
	"Files: --config, SOCKTIMEOUT_CONFIG or\n"
	"  " SYSCONFDIR "/socktimeout.conf; see socktimeout.conf(5).\n";

const char *usage_page(const char *topic)
{
	if (topic == NULL)
		return main_page;
	if (strcmp(topic, "rules") == 0)
		return rules_page;
	die(STATUS_REFUSED, "--help=%s: no such page, expected rules", topic);
}

void usage_point_to_help(void)
{
	fputs("Try 'socktimeout --help'.\n", stderr);
	exit(STATUS_REFUSED);
}

void usage_die(const char *reason)
{
	fprintf(stderr, "socktimeout: %s\n", reason);
	usage_point_to_help();
}
