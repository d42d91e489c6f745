/*
 * Tells socktimeout --fail that a wait timed out in one of its command's processes. Cold.
 * Async-signal-safe; keeps no descriptor; leaves errno alone.
 */
#ifndef SHIM_MARK_H
#define SHIM_MARK_H

/* Mark the file that the launcher waits for, where there is one: a byte, once a process. What
 * cannot be marked is left so without a word. */
void mark_timeout(void);

#endif
