/*
 * policy/rule: what is no rule, and where it is not. Cold.
 */
#include <stdio.h>

#include "rule_read.h"

#define CRITERIA                                                                               \
	"op, prog, to, port, family, type, protocol, host, user, unit, after, from, until, when"
#define ACTIONS                                                                                 \
	"timeout, enforce, idle, reply, user-timeout, keepalive, error, delay, jitter, short, " \
	"reset, blackhole, rate, shared, loss, duplicate, slow-close, probability"
#define OPERATIONS_LIST "connect, accept, recv, send, resolve, wait, idle, reply"
#define PLACE           "an IPv4 or IPv6 address, one with /PREFIX, a path, @NAME or unix:GLOB"
#define DURATIONS       "a number with us, ms, s, m, h or d, or off"
#define ORDER           "criteria, white space, actions"
#define ESCAPES         "a character that is no letter and no digit, or xHH"
#define PORTS           "0..65535: a port, or LOW..HIGH"
#define WHEN            "FIRST[..LAST][+STEP], each a number of at least 1"
#define KEEPALIVE       "IDLE/INTERVAL/COUNT, as in 60s/10s/6, or off"
#define SECONDS         "whole seconds, 1s to 32767s"
#define ERRORS          "an errno, as in ECONNREFUSED, or with op=resolve an EAI_ name"
#define BYTES           "a number of bytes of at least 1, as in 500, 64Ki or 1M"
#define PROBABILITY     "0 to 1, with at most 9 decimals"
#define PAUSE           "a number over 0 with us, ms, s, m, h or d"

static const struct bad {
	const char *text;
	int code;
	const char *error;
} bads[] = {
	/* The frame. */
	{"", -EINVAL, "1: no criterion here, expected " CRITERIA},
	{"  ", -EINVAL, "3: no criterion here, expected " CRITERIA},
	{"op=recv", -EINVAL, "8: no action here, expected " ACTIONS},
	{"op=recv  ", -EINVAL, "10: no action here, expected " ACTIONS},
	{"op=recv,", -EINVAL, "9: no criterion here, expected " CRITERIA},
	{"op=recv, port=1 timeout=1", -EINVAL, "9: no criterion here, expected " CRITERIA},
	{",op=recv timeout=1", -EINVAL, "1: no criterion here, expected " CRITERIA},
	{"op=recv timeout=1,", -EINVAL, "19: no action here, expected " ACTIONS},
	{"op=recv timeout=1, enforce", -EINVAL, "19: no action here, expected " ACTIONS},
	{"op=recv timeout=1 enforce", -EINVAL,
	 "19: text after the actions, expected commas without spaces between them"},
	{"Op=recv timeout=1", -EINVAL, "1: no such criterion, expected " CRITERIA},
	{"ops=recv timeout=1", -EINVAL, "1: no such criterion, expected " CRITERIA},
	{"op=recv time=1", -EINVAL, "9: no such action, expected " ACTIONS},
	{"op=recv user_timeout=1", -EINVAL, "9: no such action, expected " ACTIONS},
	{"timeout=1", -EINVAL,
	 "1: an action among the criteria, expected " ORDER "; prog=* matches every program"},
	{"op=recv timeout=1,port=1", -EINVAL,
	 "19: a criterion among the actions, expected " ORDER},
	{"op=recv,port=1,op=send timeout=1", -EINVAL,
	 "16: twice in one rule, expected each once"},
	{"op=recv reset,reset", -EINVAL, "15: twice in one rule, expected each once"},
	{"op timeout=1", -EINVAL, "3: no value, expected =VALUE"},
	{"op=recv timeout", -EINVAL, "16: no value, expected =VALUE"},
	{"op=recv reset=1", -EINVAL, "14: it has no value, expected a comma or the end"},
	{"op=recv enforce=", -EINVAL, "16: it has no value, expected a comma or the end"},
	/* Operations and constants. */
	{"op= timeout=1", -EINVAL, "4: no such operation, expected " OPERATIONS_LIST},
	{"op=read timeout=1", -EINVAL, "4: no such operation, expected " OPERATIONS_LIST},
	{"family=INET timeout=1", -EINVAL,
	 "8: no such family, expected an AF_ name, as in AF_INET6, or its number"},
	{"family= timeout=1", -EINVAL,
	 "8: no such family, expected an AF_ name, as in AF_INET6, or its number"},
	{"family=2x timeout=1", -EINVAL,
	 "9: not a number, expected an AF_ name, as in AF_INET6, or its number"},
	{"type=AF_INET timeout=1", -EINVAL,
	 "6: no such type, expected a SOCK_ name, as in SOCK_DGRAM, or its number"},
	{"protocol=tcp timeout=1", -EINVAL,
	 "10: no such protocol, expected an IPPROTO_ name, as in IPPROTO_TCP, or its number"},
	{"protocol=2147483648 timeout=1", -ERANGE,
	 "10: out of range, expected an IPPROTO_ name, as in IPPROTO_TCP, or its number"},
	/* Programs. */
	{"prog= timeout=1", -EINVAL, "6: nothing here, expected a glob"},
	{"prog=a\\n timeout=1", -EINVAL, "8: no such escape, expected " ESCAPES},
	{"prog=a\\ timeout=1", -EINVAL, "18: no action here, expected " ACTIONS},
	{"prog=a\\", -EINVAL, "8: no such escape, expected " ESCAPES},
	{"prog=a\\x4 timeout=1", -EINVAL, "8: no such escape, expected " ESCAPES},
	{"prog=a\\xg0 timeout=1", -EINVAL, "8: no such escape, expected " ESCAPES},
	{"prog=a\001 timeout=1", -EINVAL, "7: a control character, expected \\xHH for it"},
	{"prog=ab[c timeout=1", -EINVAL,
	 "8: a [ that is not closed, expected [BYTES], or \\[ for the character"},
	{"prog=[] timeout=1", -EINVAL,
	 "6: a [ that is not closed, expected [BYTES], or \\[ for the character"},
	/* Addresses. */
	{"to= timeout=1", -EINVAL, "4: nothing here, expected " PLACE},
	{"to=localhost timeout=1", -EINVAL, "4: not an address, expected " PLACE},
	{"to=10.0.0 timeout=1", -EINVAL, "10: not an address, expected " PLACE},
	{"to=10.0.0.256 timeout=1", -EINVAL, "13: not an address, expected " PLACE},
	{"to=10.0.0.0/33 timeout=1", -ERANGE,
	 "13: out of range, expected a prefix of 0..32 bits"},
	{"to=10.0.0.0/ timeout=1", -EINVAL, "13: no number, expected a prefix of 0..32 bits"},
	{"to=10.0.0.0/255.0.0.0 timeout=1", -EINVAL,
	 "16: not a number, expected a prefix of 0..32 bits"},
	{"to=10.1.2.3/8 timeout=1", -EINVAL,
	 "4: the address has bits after the prefix, expected the network's own address, or a "
	 "longer prefix"},
	{"to=[2001:db8::1]/64 timeout=1", -EINVAL,
	 "5: the address has bits after the prefix, expected the network's own address, or a "
	 "longer prefix"},
	{"to=::/129 timeout=1", -ERANGE, "7: out of range, expected a prefix of 0..128 bits"},
	{"to=[::1 timeout=1", -EINVAL, "8: a [ that is not closed, expected ]"},
	{"to=[::1]:80 timeout=1", -EINVAL, "12: a [ that is not closed, expected ]"},
	{"to=[::x] timeout=1", -EINVAL, "7: not an address, expected " PLACE},
	{"to=/run/[ timeout=1", -EINVAL,
	 "9: a [ that is not closed, expected [BYTES], or \\[ for the character"},
	/* Ports and when. */
	{"port= timeout=1", -EINVAL, "6: no number, expected " PORTS},
	{"port=http timeout=1", -EINVAL, "6: not a number, expected " PORTS},
	{"port=65536 timeout=1", -ERANGE, "6: out of range, expected " PORTS},
	{"port=1..x timeout=1", -EINVAL, "9: not a number, expected " PORTS},
	{"port=1..99999 timeout=1", -ERANGE, "9: out of range, expected " PORTS},
	{"port=99999999999999999999 timeout=1", -ERANGE, "6: out of range, expected " PORTS},
	{"port=9..8 timeout=1", -EINVAL,
	 "9: the range is empty, expected LOW..HIGH with LOW <= HIGH"},
	{"port=-1 timeout=1", -EINVAL, "6: not a number, expected " PORTS},
	{"port=1-2 timeout=1", -EINVAL, "7: not a number, expected " PORTS},
	{"when=0 reset", -ERANGE, "6: out of range, expected " WHEN},
	{"when=1.. reset", -EINVAL, "9: no number, expected " WHEN},
	{"when=1+ reset", -EINVAL, "8: no number, expected " WHEN},
	{"when=1+0 reset", -ERANGE, "8: out of range, expected " WHEN},
	{"when=3..2 reset", -EINVAL,
	 "9: the range is empty, expected FIRST..LAST with FIRST <= LAST"},
	{"when=1..18446744073709551615 reset", -ERANGE, "9: out of range, expected " WHEN},
	/* Durations. */
	{"op=recv timeout= ", -EINVAL, "17: no duration, expected " DURATIONS},
	{"op=recv timeout=5x", -EINVAL, "18: no such unit, expected us, ms, s, m, h or d"},
	{"op=recv timeout=-5", -EINVAL, "17: not a duration, expected " DURATIONS},
	{"op=recv timeout=106752d", -ERANGE,
	 "17: too long a duration, expected at most 106751d (292 years)"},
	{"port=1 user-timeout=2147483648ms", -ERANGE,
	 "21: too long a duration, expected at most 24d"},
	{"port=1 user-timeout=106752d", -ERANGE,
	 "21: too long a duration, expected at most 24d"},
	{"port=1 delay=off", -EINVAL, "14: no time at all, expected " PAUSE},
	{"port=1 delay=1s,jitter=0", -EINVAL, "24: no time at all, expected " PAUSE},
	{"port=1 delay=53376d", -ERANGE,
	 "14: too long a duration, expected at most 53375d (146 years)"},
	/* Keepalive. */
	{"port=1 keepalive=", -EINVAL, "18: unfinished keepalive, expected " KEEPALIVE},
	{"port=1 keepalive=60s", -EINVAL, "21: unfinished keepalive, expected " KEEPALIVE},
	{"port=1 keepalive=60s/10s", -EINVAL, "25: unfinished keepalive, expected " KEEPALIVE},
	{"port=1 keepalive=60s/10s/", -EINVAL, "26: no number, expected 1..127 probes"},
	{"port=1 keepalive=60s/10s/128", -ERANGE, "26: out of range, expected 1..127 probes"},
	{"port=1 keepalive=60s/10s/6/7", -EINVAL, "27: not a number, expected 1..127 probes"},
	{"port=1 keepalive=1.5s/10s/6", -EINVAL, "18: not whole seconds, expected " SECONDS},
	{"port=1 keepalive=off/10s/6", -EINVAL, "18: not whole seconds, expected " SECONDS},
	{"port=1 keepalive=1s/32768s/6", -ERANGE, "21: too long a duration, expected " SECONDS},
	/* Chaos. */
	{"op=recv error=ECONN", -EINVAL, "15: no such error, expected " ERRORS},
	{"op=recv error=0", -ERANGE, "15: out of range, expected 1..4095 or the errno's name"},
	{"op=recv error=4096", -ERANGE,
	 "15: out of range, expected 1..4095 or the errno's name"},
	{"op=recv error=EAI_AGAIN", -EINVAL,
	 "9: an EAI_ error is only for op=resolve, expected an errno, or op=resolve "
	 "in this rule"},
	{"prog=x error=EAI_AGAIN", -EINVAL,
	 "8: an EAI_ error is only for op=resolve, expected an errno, or op=resolve "
	 "in this rule"},
	{"op=recv short=0", -ERANGE,
	 "15: out of range, expected a number of bytes, at least 1"},
	{"op=recv reset,probability=2", -ERANGE, "27: out of range, expected " PROBABILITY},
	{"op=recv reset,probability=1.1", -ERANGE,
	 "27: more than certain, expected " PROBABILITY},
	{"op=recv reset,probability=0.0000000001", -EINVAL,
	 "38: too many decimals, expected " PROBABILITY},
	{"op=recv reset,probability=.", -EINVAL, "27: no number, expected " PROBABILITY},
	{"op=recv reset,probability=10%", -EINVAL, "29: not a number, expected " PROBABILITY},
	{"op=recv reset,probability=0.5x", -EINVAL, "30: not a number, expected " PROBABILITY},
	/* What makes no sense together. */
	{"op=resolve,family=AF_INET timeout=1", -EINVAL,
	 "12: op=resolve has no socket, expected op, prog, host, user, unit, from, until or when in this rule"},
	{"op=resolve reset", -EINVAL,
	 "12: op=resolve has no socket, expected error, delay or blackhole"},
	{"op=wait reset", -EINVAL,
	 "9: a wait has no connection of its own, expected another operation, or no op in this rule"},
	{"port=1,to=/run/x timeout=1", -EINVAL,
	 "1: AF_UNIX has no ports, expected an address with a port"},
	{"port=1,family=AF_UNIX timeout=1", -EINVAL,
	 "1: the family has no ports, expected AF_INET or AF_INET6 with a port"},
	{"to=::1,family=AF_INET timeout=1", -EINVAL,
	 "8: the family has no such addresses, expected the family of `to`"},
	{"port=1 timeout=off,enforce", -EINVAL,
	 "20: enforce without a timeout, expected a timeout in this rule"},
	{"op=recv idle=1", -EINVAL,
	 "9: idle and reply apply to sockets, not to one operation, expected op=idle, op=reply or "
	 "no op in this rule"},
	{"op=recv reply=1", -EINVAL,
	 "9: idle and reply apply to sockets, not to one operation, expected op=idle, op=reply or "
	 "no op in this rule"},
	{"op=reply idle=1", -EINVAL,
	 "10: the action has no effect with op=reply, expected reply=DURATION alone"},
	{"op=idle timeout=1", -EINVAL,
	 "9: the action has no effect with op=idle, expected idle=DURATION alone"},
	{"op=idle idle=1,reset", -EINVAL,
	 "16: the action has no effect with op=idle, expected idle=DURATION alone"},
	{"op=recv user-timeout=1", -EINVAL,
	 "9: only for connect and accept, expected op=connect, op=accept or no op in this rule"},
	{"op=recv keepalive=off", -EINVAL,
	 "9: only for connect and accept, expected op=connect, op=accept or no op in this rule"},
	{"type=SOCK_DGRAM keepalive=off", -EINVAL,
	 "17: only for TCP, expected a stream of AF_INET or AF_INET6"},
	{"to=/run/x user-timeout=1", -EINVAL,
	 "11: only for TCP, expected a stream of AF_INET or AF_INET6"},
	{"port=1 jitter=1", -EINVAL,
	 "8: jitter without a delay, expected delay=DURATION in this rule"},
	{"port=1 timeout=1,probability=0.1", -EINVAL,
	 "18: probability without a fault, expected a fault in this rule"},
	{"port=1 reset,error=EPIPE", -EINVAL,
	 "8: a second fault in one rule, expected one of error, short, reset, blackhole, loss, duplicate and slow-close"},
	{"op=connect short=1", -EINVAL,
	 "12: an operation that moves no bytes, expected op=recv, op=send or no op in this rule"},
	{"port=1 blackhole,delay=1", -EINVAL,
	 "18: a delay has no effect with blackhole, expected delay or blackhole"},
	{"op=recv rate=", -EINVAL, "14: no number, expected " BYTES},
	{"op=recv rate=k", -EINVAL, "14: no number, expected " BYTES},
	{"op=recv rate=0", -ERANGE, "14: out of range, expected " BYTES},
	{"op=recv rate=1K", -EINVAL, "15: not a number, expected " BYTES},
	{"op=recv rate=1/m", -EINVAL, "15: not a number, expected " BYTES},
	{"op=recv rate=18446744073709551615k", -ERANGE, "14: out of range, expected " BYTES},
	{"op=connect rate=1", -EINVAL,
	 "12: an operation that moves no bytes, expected op=recv, op=send or no op in this rule"},
	{"op=recv rate=1,reset", -EINVAL,
	 "9: a rate has no effect with this fault, expected two rules"},
	{"op=recv delay=1,shared", -EINVAL,
	 "17: shared without a rate, expected rate=BYTES in this rule"},
	{"type=SOCK_STREAM loss", -EINVAL,
	 "18: a stream has no datagrams, expected type=SOCK_DGRAM or no type in this rule"},
	{"type=SOCK_DGRAM slow-close=1", -EINVAL,
	 "17: datagrams have no end, expected type=SOCK_STREAM or no type in this rule"},
	{"op=send slow-close=1", -EINVAL,
	 "9: slow-close is only for op=recv, expected op=recv or no op in this rule"},
	{"op=recv slow-close=1,delay=1", -EINVAL,
	 "9: slow-close applies to the end of a stream, not to calls, expected two rules"},
	{"op=recv,after=1 timeout=1", -EINVAL,
	 "9: after, from and until are for faults, expected a fault, and no timeout"},
	{"op=connect,after=1 reset", -EINVAL,
	 "12: an operation that moves no bytes, expected op=recv, op=send or no op in this rule"},
	{"from=2s,until=1s reset", -EINVAL,
	 "9: the end of a time is not after its beginning, expected from=EARLIER,until=LATER"},
	{"host=a,family=AF_UNIX reset", -EINVAL,
	 "1: the family has no hosts, expected AF_INET or AF_INET6 with a host"},
	{"port=1,when=1 timeout=1,reset", -EINVAL,
	 "8: when counts for a fault or for a timeout, not for both, expected two rules"},
};

START_TEST(bad_is_refused_at_its_place)
{
	struct rule_error error = {0};
	char strings[512], said[512];
	struct rule rule;

	ck_assert_int_eq(parse(bads[_i].text, &rule, strings, &error), bads[_i].code);
	snprintf(said, sizeof said, "%zu: %s, expected %s", error.column, error.what,
		 error.expected);
	ck_assert_str_eq(said, bads[_i].error);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rule errors");
	TCase *test = tcase_create("rule errors");

	tcase_add_loop_test(test, bad_is_refused_at_its_place, 0, COUNT(bads));
	suite_add_tcase(suite, test);
	return unit_run(suite);
}
