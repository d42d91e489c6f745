/*
 * __libc_single_threaded, where libc has it. Other libcs do not tell: there every process counts as one
 * with several threads, which is slower and never wrong. Constant.
 */
#ifndef BASE_SINGLE_THREADED_H
#define BASE_SINGLE_THREADED_H

#include <features.h>

#ifdef __GLIBC__
#include <sys/single_threaded.h>
#else
#define __libc_single_threaded 0
#endif

#endif
