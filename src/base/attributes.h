/*
 * Compiler attributes that the rest of the tree uses, by one name each. Owns nothing; no code.
 */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

/* Seen by the dynamic linker; everything else is hidden (-fvisibility=hidden). */
#define EXPORT __attribute__((visibility("default")))
/* Kept out of the callers' instruction stream: the path of a call that is about to block. */
#define COLD __attribute__((cold, noinline))
/* Not inlined, so that the shorter path before it saves no registers. */
#define APART __attribute__((noinline))
/* A large array, laid behind the other variables, so that those share pages. Neither static nor
 * initialized. */
#define LARGE __attribute__((common))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))
/* Thread-local storage that needs no allocation at first use (ELF TLS, initial-exec model):
 * a wrapper may be reached from a signal handler. */
#define THREAD_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))

#endif
