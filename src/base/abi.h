/*
 * Included before everything else in every source (Makefile.am: -include), so that the flags of the
 * person who builds do not matter here. Constant.
 *
 * The library has the functions of libc by their plain names, whose off_t and time_t are the narrow
 * ones. With these macros libc's headers declare other types, and rename the functions: fcntl becomes
 * fcntl64, recvmsg becomes __recvmsg64. The wide names are wrapped by themselves (calls/calls.def).
 * gcc defines the macros without being asked on armhf (Debian 13), and dpkg-buildflags does.
 */
#ifndef BASE_ABI_H
#define BASE_ABI_H

#undef _FILE_OFFSET_BITS
#undef _TIME_BITS

/* off64_t and lseek64, which musl has for this macro only; glibc defines the macro itself. */
#ifndef _LARGEFILE64_SOURCE
#define _LARGEFILE64_SOURCE 1
#endif

#endif
