/*
 * Names for the compiler attributes that the project uses. Owns nothing; no code.
 */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

/* Exported; all other symbols are hidden (-fvisibility=hidden). */
#define EXPORT __attribute__((visibility("default")))
/* Placed away from the callers' code: for the path of a call that is about to block. */
#define COLD __attribute__((cold, noinline))
/* Not inlined, so that the caller's shorter path saves no registers. */
#define APART __attribute__((noinline))
/* For a large array: placed after the other variables, so that those share pages. The array must be
 * neither static nor initialized. */
#define LARGE __attribute__((common))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))
/* Thread-local storage without an allocation at the first use (ELF TLS, initial-exec model), because
 * wrappers may be called in a signal handler. */
#define THREAD_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))

#endif
