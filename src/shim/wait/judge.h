/*
 * One descriptor among those that a thread waits for: is it a socket that fails when nothing
 * happens on it, and when? Cold: asked once a timeout. Async-signal-safe, leaves errno alone.
 */
#ifndef SHIM_JUDGE_H
#define SHIM_JUDGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/operation.h"
#include "shim/config/rules.h"

enum judgement {
	JUDGED_ALONE,    /* left alone: no socket, a listener, an unnamed AF_UNIX pair, … */
	JUDGED_TERMINAL, /* left alone, and so is the whole wait: an idle user is no fault */
	JUDGED_BOUNDED   /* fails when `timeout` has passed since `started` */
};

struct judged {
	/* what the judge is told */
	int fd;
	short events; /* POLLIN, POLLOUT: what is waited for */
	ino_t inode;  /* the file it must be, 0 for any; then, the file that it is */
	bool idle; /* by `idle`, whatever the thread waited for; `own`, `since` do not count */
	int64_t own;       /* the wait's own timeout in nanoseconds, -1 for none */
	int64_t since;     /* the thread's silence began then */
	int64_t this_wait; /* … and this wait */
	/* what it finds */
	enum operation operation; /* whose timeout it is */
	int64_t timeout;
	struct rule_origin rule; /* that says so, or none */
	int64_t started;         /* silent since */
	bool connecting;
	/* its own */
	struct rules_subject subject;
};

enum judgement judge(struct judged *descriptor);

/* The same descriptor, judged again: nothing has happened on it since it was silent from started on.
 * The kernel's times differ by a tick from one question to the next. */
bool judge_confirms(const struct judged *descriptor, int64_t started);

/* Something new began on fd now (a connect; it came to an epoll set; the
 * program was told of its failure): what was silent before then
 * does not count. */
void judge_begin(int fd);

/* fd is about to be connected to address, which the kernel has not read yet: where rules ask for it,
 * what they say is remembered for as long as it is connecting. */
void judge_connect(int fd, uint32_t hint, const struct sockaddr *address, socklen_t length);

/* Nothing of the kind was there after `started`. */
bool judge_stands(const struct judged *descriptor);

/* A wait for fd that began at this_wait has just found nothing. */
void judge_silent(int fd, int64_t this_wait);

#endif
