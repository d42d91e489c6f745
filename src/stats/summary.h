/*
 * The records of --summary: the library appends one for each wait, timeout and fault to a file that the
 * launcher made, and the launcher adds them up.
 */
#ifndef STATS_SUMMARY_H
#define STATS_SUMMARY_H

#include <stdint.h>

/* The file grows no further: waits after that are not in the table. */
#define SUMMARY_FILE_LIMIT (64 << 20)

/* Bytes for the peer; a longer name is cut. */
#define SUMMARY_PEER_SIZE 112

enum summary_event { SUMMARY_WAIT = 1, SUMMARY_TIMEOUT, SUMMARY_FAULT };

struct summary_record {
	uint8_t event, operation;
	uint8_t length; /* of peer */
	uint8_t unused[5];
	int64_t elapsed; /* of a wait, nanoseconds */
	char peer[SUMMARY_PEER_SIZE];
};

#endif
