/*
 * Where the numbers in the lists hold. The kernel numbers SO_, SOCK_ and errno differently on a few
 * architectures (arch/{alpha,mips,parisc,powerpc,sparc}/include/uapi/asm/{socket,errno}.h), and on
 * 32-bit ones with a 64-bit time_t SO_RCVTIMEO and its like are the _NEW ones
 * (asm-generic/socket.h). CONSTANTS_NUMBERED_AS_LISTED is 1 where neither is so: there each listed
 * value is asserted against the headers; elsewhere the headers' values are taken as they are.
 */
#ifndef CONSTANTS_NUMBERING_H
#define CONSTANTS_NUMBERING_H

#include <limits.h>

#if (defined __x86_64__) ||                                                                    \
	(ULONG_MAX > 0xffffffff && (defined __aarch64__ || defined __riscv ||                  \
				    defined __s390x__ || defined __loongarch__))
#define CONSTANTS_NUMBERED_AS_LISTED 1
#elif (defined __i386__ || defined __arm__) && !(defined _TIME_BITS && _TIME_BITS == 64)
#define CONSTANTS_NUMBERED_AS_LISTED 1
#else
#define CONSTANTS_NUMBERED_AS_LISTED 0
#endif

#endif
