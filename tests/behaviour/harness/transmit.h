/*
 * What the tests of the sending calls share: bytes that tell their place, and readers that check
 * each byte they get against its place. The readers use raw system calls: they are the other side,
 * and the library must not bound them.
 */
#ifndef BEHAVIOUR_TRANSMIT_H
#define BEHAVIOUR_TRANSMIT_H

#include <sys/uio.h>

#include "harness/harness.h"

#define MIB          ((size_t)1 << 20)
#define PATTERN_SIZE (64 * MIB)

/* PATTERN_SIZE bytes without a period; made once in the process that forks the tests. */
extern unsigned char *pattern;
void pattern_make(void);

/* The other side of a stream. Set the first group, leave the rest zero. */
struct reader {
	int fd;
	size_t piece; /* at most so many bytes a read; 0: as many as there are */
	size_t slow;  /* … and a pause after each of them, for the first so many bytes */
	size_t limit; /* stop there; 0: read to the end */

	size_t received; /* bytes, all of them the right ones … */
	bool wrong;      /* … unless this */
	int error;       /* errno of the read that failed; 0 at the end of the stream */
	pthread_t thread;
	pid_t id;
};
void reader_start(struct reader *reader);
/* Joins it; aborts the test unless exactly the first expected bytes of the pattern came. */
void reader_finish(struct reader *reader, size_t expected);
/* Reads what there is until the end of the stream, here. */
void reader_drain(struct reader *reader);

/* Ways to send length bytes in one call; returned is what the call returned; sendmmsg: bytes. */
struct method {
	const char *name;
	ssize_t (*send)(int fd, const unsigned char *data, size_t length);
};
extern const struct method methods[];
extern const size_t method_count;

/* A file with the first size bytes of the pattern, already unlinked; at its beginning. */
int pattern_file(size_t size);
/* An int-sized socket option. */
void set_option(int fd, int level, int option, int value);
void set_send_timeout(int fd, unsigned int milliseconds);
/* Processor time of this thread in milliseconds. */
double thread_cpu_ms(void);

#endif
