/*
 * What the kernel tells about a socket of another process, by a duplicate of its descriptor. A
 * duplicate is closed at once: while one is open, the socket's close(2) in its process sends no
 * FIN. Owns no state.
 */
#ifndef LAUNCHER_OUTSIDE_PROCESS_FACTS_H
#define LAUNCHER_OUTSIDE_PROCESS_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "record/record.h"

/* States of TCP: net/tcp_states.h in the kernel. <netinet/tcp.h> cannot be included beside <linux/tcp.h>. */
enum {
	FACTS_ESTABLISHED = 1,
	FACTS_SYN_SENT = 2,
	FACTS_FIN_WAIT1 = 4,
	FACTS_FIN_WAIT2 = 5,
	FACTS_CLOSED = 7,
	FACTS_CLOSE_WAIT = 8,
	FACTS_LISTEN = 10
};

struct facts {
	int family, type, protocol;
	bool listening;
	bool tcp;     /* the rest of TCP is known */
	bool channel; /* AF_UNIX, and neither end has a name: a channel inside a program */
	bool own_receive_timeout, own_send_timeout; /* SO_RCVTIMEO, SO_SNDTIMEO */

	int state;           /* FACTS_ESTABLISHED … */
	int user_timeout;    /* TCP_USER_TIMEOUT, milliseconds; 0: none */
	int queued;          /* bytes that can be received now */
	unsigned int probes; /* keepalive probes without an answer */
	bool retransmitted;  /* what is outstanding, or the SYN */
	bool outstanding;    /* bytes that are not sent, or not acknowledged */
	bool unsent;         /* some of it is not sent: the send buffer may be full */
	bool owed; /* the other side owes an answer, on a connection that this side opened */
	uint64_t received; /* bytes, since the connection began */
	uint64_t moved;    /* bytes received and bytes acknowledged */
	/* Nanoseconds since data came and went last, and since the last acknowledgement. Exact to
	 * FACTS_SLACK. Not known while connecting. */
	int64_t since_received, since_sent, since_acknowledged;
};

/* How much longer than true the kernel's times may be: a tick at 100 Hz, in nanoseconds. */
#define FACTS_SLACK INT64_C(10000000)

/* The least time, in nanoseconds, from a segment to the keepalive probe that follows. */
#define FACTS_KEEPALIVE_LEAST INT64_C(1000000000)

/* A duplicate of the descriptor fd of the process behind pidfd. Returns it if it is the socket with
 * that inode; or -Exxx; -ESTALE for another file. */
int facts_duplicate(int pidfd, int fd, ino_t inode);
/* Ask about the duplicate fd. Returns 0 or -Exxx. */
int facts_take(int fd, struct facts *facts);
/* Its addresses. */
void facts_name(int fd, struct record_address *local, struct record_address *peer);

#endif
