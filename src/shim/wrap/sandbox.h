/*
 * The calls by which a process restricts its own system calls. Cold. Async-signal-safe.
 */
#ifndef SHIM_WRAP_SANDBOX_H
#define SHIM_WRAP_SANDBOX_H

/* Make every later call of this process native: a filter of seccomp(2) is installed. Not to be
 * called in borrowed memory (shim/system/process.h). Makes no system call. Leaves errno alone. */
void sandbox_enter(void);

/* syscall(SYS_seccomp, operation, flags, argument): the result of the real call, with errno. */
long sandbox_seccomp(unsigned int operation, unsigned int flags, void *argument);

#endif
