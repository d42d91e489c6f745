/*
 * Whether this process runs in memory of its own.
 *
 * A child of vfork(2), and of clone(2) with CLONE_VM and without CLONE_THREAD, is another process in
 * its parent's memory. What such a child writes to the library's variables stays there when the
 * child is gone. Cold.
 */
#ifndef SHIM_SYSTEM_PROCESS_H
#define SHIM_SYSTEM_PROCESS_H

#include <stdbool.h>

/*
 * Remember this process as the owner of its memory: map one page, and register a fork handler
 * (pthread_atfork(3)). Called once, by the constructor, when the library is active. A second call
 * is harmless. Not async-signal-safe. Leaves errno alone. At most 4 system calls.
 */
void process_start(void);

/*
 * True in a process that runs in the memory of another one. False in every thread of the owner, and
 * in the child of fork(2), of _Fork(3) and of a clone(2) without CLONE_VM, also of a raw one.
 *
 * Works before process_start: the first call then maps the page. Async-signal-safe, lock-free;
 * leaves errno alone. 1 system call; in the child of a raw clone(2) 2.
 *
 * Limits. A vfork child is taken for an owner where its parent was made by a raw clone(2) and has
 * never asked. A child that is number 1 of a new PID namespace is taken for its parent where the
 * parent is number 1 of its own. Where madvise(2) refuses MADV_WIPEONFORK (before Linux 4.14, or a
 * filter), the child of a clone(2) without CLONE_VM is taken for a borrower.
 */
bool process_memory_is_borrowed(void);

/* The id of the process that owns this memory: of the parent, in borrowed memory. Async-signal-safe;
 * leaves errno alone. No system call after process_start, except in the child of a raw clone(2). */
int process_owner(void);

/* For process_start: map the page if there is none; the child's side of the fork handler.
 * Async-signal-safe; leave errno alone. */
void process_remember(void);
void process_forked(void);

#endif
