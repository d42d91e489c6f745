/*
 * Names for the compiler attributes that the project uses. Owns nothing; no code.
 */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

/* An exported function. All other symbols are hidden (-fvisibility=hidden). */
#define EXPORT __attribute__((visibility("default")))
/* For the declaration of a variable on a ready call's way: the code reaches the variable without the
 * GOT. (-fvisibility=hidden is about definitions only.) */
#define HIDDEN __attribute__((visibility("hidden")))
/* For functions that a ready call does not reach. The linker places their code apart from hot code. */
#define COLD __attribute__((cold, noinline))
/* Not inlined: the caller's short path then saves no registers. */
#define APART __attribute__((noinline))
/* For a large array. The linker places the array after the other variables, so that the other variables
 * share pages. The array must be neither static nor initialized. */
#define LARGE               __attribute__((common))
#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define COUNT_OF(array)     (sizeof(array) / sizeof(*(array)))
/* A thread-local variable without an allocation at the first use (ELF TLS, initial-exec model): signal
 * handlers may call wrappers. */
#define THREAD_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))

#endif
