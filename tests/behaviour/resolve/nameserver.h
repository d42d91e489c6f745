/*
 * A network and a machine of the test's own: private network and mount namespaces in which
 * /etc/resolv.conf, /etc/hosts and /etc/nsswitch.conf are the test's, a name server that answers,
 * and three that never do.
 */
#ifndef BEHAVIOUR_NAMESERVER_H
#define BEHAVIOUR_NAMESERVER_H

#include "harness/harness.h"

/*
 * main() of a test program of the resolver: behaviour_main in namespaces of its own with the
 * servers running; 77 (skipped) where such cannot be had.
 */
int nameserver_main(int argc, char **argv, const char *name);

/*
 * 127.0.0.2 (and 127.0.0.3, the same again) answers, as far as names under "test." go:
 *   answer      A 192.0.2.1, 192.0.2.2, AAAA 2001:db8::1; and their PTR
 *   alias       CNAME answer
 *   many        20 A
 *   local       AAAA fe80::1
 *   late        like answer, after LATE_ANSWER_MS
 *   later       like answer, after LATER_ANSWER_MS: too late for MODE_SHORT
 *   silent      no answer at all; so too the PTR of 192.0.2.99
 *   fail        SERVFAIL
 *   others      NXDOMAIN
 * 127.0.0.11, 127.0.0.12 and 127.0.0.13 are silent.
 */
#define ANSWERING       "nameserver 127.0.0.2\n"
#define DEAD            "nameserver 127.0.0.11\nnameserver 127.0.0.12\nnameserver 127.0.0.13\n"
#define LATE_ANSWER_MS  100
#define LATER_ANSWER_MS 900

/* The text of the file from here on. */
void resolv_conf(const char *text);
void hosts(const char *text);
void nsswitch(const char *text);

/* libc's own function of that name, past the library. */
void *libc_function(const char *name);

/* The number of threads of this process. */
int threads(void);

#endif
