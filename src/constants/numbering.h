/*
 * Whether the numbers in the lists are those of the target. On a few architectures the kernel has
 * other numbers for SO_, SOCK_ and errno
 * (arch/{alpha,mips,parisc,powerpc,sparc}/include/uapi/asm/{socket,errno}.h), and on 32-bit
 * architectures with a 64-bit time_t, SO_RCVTIMEO and similar options are the _NEW ones
 * (asm-generic/socket.h). CONSTANTS_NUMBERED_AS_LISTED is 1 for all other targets: there static
 * assertions compare the lists with the headers. On the former, and with another libc than glibc, the
 * headers' values are used.
 */
#ifndef CONSTANTS_NUMBERING_H
#define CONSTANTS_NUMBERING_H

#include <limits.h>

#ifndef __GLIBC__
#define CONSTANTS_NUMBERED_AS_LISTED 0
#elif (defined __x86_64__) ||                                                                  \
	(ULONG_MAX > 0xffffffff && (defined __aarch64__ || defined __riscv ||                  \
				    defined __s390x__ || defined __loongarch__))
#define CONSTANTS_NUMBERED_AS_LISTED 1
#elif (defined __i386__ || defined __arm__) && !(defined _TIME_BITS && _TIME_BITS == 64)
#define CONSTANTS_NUMBERED_AS_LISTED 1
#else
#define CONSTANTS_NUMBERED_AS_LISTED 0
#endif

#endif
