/*
 * What /proc tells about processes and threads, read with bounds. Owns no state. All functions
 * accept that a process ends at any moment, and report that as an error.
 */
#ifndef LAUNCHER_PROC_H
#define LAUNCHER_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Read the file of that name as text, at most size - 1 bytes, and put a NUL behind it. Returns the
 * number of bytes, or -Exxx with an empty text. */
ssize_t proc_read(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One line of /proc/PID/stat. */
struct proc_stat {
	char state; /* R S D T t Z X … */
	pid_t parent;
	bool kernel;      /* a thread of the kernel */
	long threads;     /* how many there are */
	uint64_t started; /* with the pid, this identifies a process (clock ticks since boot) */
	uint64_t image;   /* another value after execve(2) */
	char name[16];    /* comm */
};

/* Returns 0 or -Exxx. */
int proc_stat(pid_t pid, struct proc_stat *stat);

/* Call visit for each thread of the process; for the only one, without reading a directory, where
 * threads is 1. */
typedef void proc_visit(pid_t id, void *context);
void proc_each_thread(pid_t pid, long threads, proc_visit *visit, void *context);
/* Call visit for each child that this thread of the process has. Needs CONFIG_PROC_CHILDREN. */
void proc_each_child(pid_t pid, pid_t thread, proc_visit *visit, void *context);
/* Call visit for each process. */
void proc_each_process(proc_visit *visit, void *context);

/* The number in a line `name:\tNUMBER` of a file such as /proc/PID/status; -1 where there is none. */
long proc_field(const char *text, const char *name);

/* The context switches of a thread, of both kinds; -1 where they cannot be read. */
long proc_switches(pid_t pid, pid_t thread);

/* Read the link /proc/PID/LINK into path. Returns 0 or -Exxx. */
int proc_link(pid_t pid, const char *link, char *path, size_t size);
/* The inode of the socket behind the descriptor; 0 for what is no socket. *terminal, unless NULL,
 * tells whether the descriptor is a terminal. */
ino_t proc_socket(pid_t pid, int fd, bool *terminal);

/* Whether the ELF class of the program that the process executes is 32 bits. */
bool proc_is_32_bit(pid_t pid);
/* The file name that the program was executed by (AT_EXECFN). Returns 0 or -Exxx. */
int proc_invoked(pid_t pid, bool narrow, char *name, size_t size);
/* Whether a file of that base name is mapped. Unreadable: false. */
bool proc_maps(pid_t pid, const char *base);

/* Read exactly size bytes of the process's memory. Returns 0 or -Exxx. */
int proc_memory(pid_t pid, uint64_t address, void *buffer, size_t size);

#endif
