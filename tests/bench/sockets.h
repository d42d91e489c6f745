/*
 * The sockets and files of the cases. Each bench_prepare_… is called once in a worker, before the first measure, and
 * ends the worker if it fails.
 */
#ifndef BENCH_SOCKETS_H
#define BENCH_SOCKETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "bench.h"

enum {
	BENCH_CALLS = 512,  /* receives of one measure, of BENCH_MESSAGE bytes each */
	BENCH_SENDS = 128,  /* sends of one measure: their messages fit into a socket buffer */
	BENCH_MESSAGE = 64, /* bytes */
	BENCH_ROUND_TRIPS = 64,
	BENCH_CONNECTIONS = 32,
	BENCH_CHUNK = 64 * 1024, /* bytes of one write of the stream */
	BENCH_CHUNKS = 64
};

/* The measured calls use bench_near. The worker fills and drains by bench_far, or a child answers there. */
extern int bench_near, bench_far;
/* The listener of TCP connections, and its address. */
extern int bench_listener;
extern struct sockaddr_in bench_address;

/* Ends the worker with an error message that names the call, if condition is false: a call did something
 * else than the case measures. */
void bench_must(bool condition, const char *what);

/* AF_UNIX stream sockets: blocking, with O_NONBLOCK, and blocking in a process with a second thread. */
void bench_prepare_unix(void);
void bench_prepare_unix_nonblocking(void);
void bench_prepare_unix_threaded(void);
void bench_prepare_pipe(void);
/* bench_near is a file of BENCH_CALLS * BENCH_MESSAGE bytes. */
void bench_prepare_file(void);
void bench_prepare_listener(void);
/* A child sends back each byte: on the same processor, or (_far) on another processor. */
void bench_prepare_echo_unix(void);
void bench_prepare_echo_unix_far(void);
void bench_prepare_echo_datagrams(void);
void bench_prepare_echo_tcp(void);
void bench_prepare_echo_tcp_far(void);
/* A child reads a TCP stream, and sends a byte after each BENCH_CHUNKS chunks. */
void bench_prepare_stream(void);

#endif
