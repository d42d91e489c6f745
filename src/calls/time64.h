/*
 * The times of 32-bit programs with a 64-bit time_t (gcc -D_TIME_BITS=64), as glibc's __select64 and
 * its kin have them, and conversions. Constant; any thread, async-signal-safe.
 */
#ifndef CALLS_TIME64_H
#define CALLS_TIME64_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

/* glibc include/time.h: struct __timeval64, struct __timespec64. */
struct timeval64 {
	int64_t tv_sec;
	int64_t tv_usec;
};

struct timespec64 {
	int64_t tv_sec;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	int32_t padding;
	int32_t tv_nsec;
#else
	int32_t tv_nsec;
	int32_t padding;
#endif
};

/* *narrow becomes wide. False where the value does not fit. */
static inline bool timeval_narrow(const struct timeval64 *wide, struct timeval *narrow)
{
	narrow->tv_sec = (time_t)wide->tv_sec;
	narrow->tv_usec = (suseconds_t)wide->tv_usec;
	return narrow->tv_sec == wide->tv_sec && narrow->tv_usec == wide->tv_usec;
}

static inline bool timespec_narrow(const struct timespec64 *wide, struct timespec *narrow)
{
	narrow->tv_sec = (time_t)wide->tv_sec;
	narrow->tv_nsec = wide->tv_nsec;
	return narrow->tv_sec == wide->tv_sec;
}

static inline struct timeval64 timeval_widen(const struct timeval *narrow)
{
	return (struct timeval64){.tv_sec = narrow->tv_sec, .tv_usec = narrow->tv_usec};
}

static inline struct timespec64 timespec_widen(const struct timespec *narrow)
{
	return (struct timespec64){.tv_sec = narrow->tv_sec,
				   .tv_nsec = (int32_t)narrow->tv_nsec};
}

#endif
