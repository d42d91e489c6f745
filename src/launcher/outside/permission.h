/*
 * Whether the kernel permits this process to look into others. Owns no state.
 */
#ifndef LAUNCHER_OUTSIDE_PERMISSION_H
#define LAUNCHER_OUTSIDE_PERMISSION_H

/* Whether ptrace(2) and pidfd_getfd(2) work here, tried on a child: 0 or -Exxx. Without the first, TCP alone
 * is bounded; without the second, nothing. */
int permission_trace(void);
int permission_duplicate(void);

/* What Yama restricts, as a static text: "kernel.yama.ptrace_scope is 1: ..."; NULL where the kernel has no
 * Yama. proc: the directory where procfs is mounted. */
const char *permission_yama(const char *proc);

#endif
