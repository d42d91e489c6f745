/*
 * What the modules of this room share about a supervision: the processes, threads and sockets that
 * are known, and what the present look has found. outside.c owns it; look.c and due.c work on it.
 */
#ifndef LAUNCHER_OUTSIDE_STATE_H
#define LAUNCHER_OUTSIDE_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/outside/process/known.h"
#include "launcher/outside/judge.h"
#include "launcher/outside/limits.h"
#include "launcher/proc.h"
#include "launcher/outside/process/sets.h"
#include "launcher/outside/process/sysno.h"

/* Epoll sets of a process that are remembered. */
#define STATE_EPOLLS 32

struct state_epoll {
	int fd;
	uint64_t waited; /* the last look that saw a thread wait in the set */
	uint64_t looked; /* the last look that looked into the set */
	int64_t again;   /* the set was too large, and is not looked into before then */
};

struct state_process {
	struct known known; /* by pid */
	pid_t pid;
	uint64_t started, image; /* struct proc_stat */
	long threads;
	bool exempt; /* the library is loaded */
	bool narrow; /* a program of 32 bits */
	char *path;  /* of the executable */
	char *invoked;
	char name[16];
	struct limits_program *program;
	int64_t floor;         /* no silence counts from before: it was stopped until then */
	int64_t refused_until; /* ptrace was refused, and is not tried before then */
	size_t budget;         /* how many more sockets in sets this look looks at */
	uint64_t checked;      /* the last look that checked the process before an act */
	int pidfd;             /* during a look; -1: not opened */
	struct state_epoll epolls[STATE_EPOLLS];
	size_t epoll_count;
};

struct state_thread {
	struct known known;     /* by tid */
	struct sysno_call call; /* what the thread was in; entry NULL: nothing of interest */
	pid_t pid;
	ino_t inode;    /* of a single call's socket */
	int64_t since;  /* when this call was first seen, possibly repeated in the meantime */
	int64_t steady; /* when this call was first seen, without a run of the thread since */
	long switches;  /* the thread's context switches then; -1: not known */
	bool repeated;  /* the thread ran since `since` */
};

/* A socket's kind and addresses, for the log. */
struct state_names {
	int family, type, protocol;
	struct record_address local, peer;
};

/* A timeout that was handed to the kernel. */
struct state_pending {
	int user_timeout; /* what TCP_USER_TIMEOUT was set to, in milliseconds; 0: nothing */
	int original;     /* what it was before */
	int64_t deadline;
	int64_t seen; /* when the socket was last seen to wait for it */
	struct judge_verdict verdict;
	struct state_names names;
	pid_t pid, thread;
	uint64_t started;
	int fd;
	enum call call;
};

struct state_socket {
	struct known known;                /* by inode */
	uint64_t last;                     /* the last look that saw it waited for */
	int64_t since;                     /* since when it is waited for, in sets */
	int64_t begun;                     /* since when at the earliest it may be waited for */
	int64_t seen;                      /* when its facts were last taken; 0: not yet */
	uint64_t moved;                    /* facts.moved then */
	bool outstanding;                  /* facts.outstanding then */
	bool owed;                         /* an answer is owed since before that look */
	int64_t moved_before, moved_after; /* struct judge_wait */
	struct state_pending pending;
};

/* A silent connection that is to be ended when the look is over. */
struct state_due {
	pid_t pid, thread;
	uint64_t started;
	int fd;
	ino_t inode;
	enum call call;
	uint64_t moved; /* facts.moved when the connection was judged */
	struct judge_verdict verdict;
};

struct state {
	struct known_table processes, threads, sockets;
	uint64_t look;    /* the number of the present look, from 1 */
	int64_t previous; /* when the look before this one was */
	int64_t begun;    /* when this one began */
	int64_t floor;    /* no silence counts from before */
	int64_t earliest; /* when the next look is needed at the latest, by what is known */
	bool may_inject;  /* ptrace works at all */
	bool failed;      /* some wait was ended */
	struct sets sets; /* for one use at a time */
	struct state_due *due;
	size_t due_count, due_capacity;
};

/* The pidfd of the process, whose identity was checked behind it; or -1. */
int state_pidfd(struct state_process *process);
void state_close_pidfd(struct state_process *process);
/* A duplicate of a socket of a process that was looked at before, in *process (NULL: it is not known any
 * more); or -Exxx. Leaves the process's pidfd open. */
int state_duplicate(struct state *of, pid_t pid, uint64_t started, int fd, ino_t inode,
		    struct state_process **process);

/* A wait for a socket. */
struct state_wait {
	pid_t thread;
	int fd;
	ino_t inode;
	enum call call;
	enum operation operation;
	bool writes; /* in a set: also for writing */
	int64_t own_timeout;
	bool repeated;
	struct state_thread
		*blocked; /* the thread is in a call on this socket alone; NULL: a set */
};

#endif
