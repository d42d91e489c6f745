/*
 * Included before everything else in the sources of the library and of the tests (Makefile.am:
 * -include), not in those of the launcher. Constant.
 *
 * With _FORTIFY_SOURCE the headers of libc define inline versions of read, recv and poll. Those
 * definitions collide with the wrappers, and a test that calls recv would call __recv_chk. A failed
 * check of a fortified function would also abort the program, which the library never does.
 */
#ifndef BASE_UNFORTIFIED_H
#define BASE_UNFORTIFIED_H

#undef _FORTIFY_SOURCE

#endif
