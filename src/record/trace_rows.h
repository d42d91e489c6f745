/*
 * The kinds of the arguments and of the result of each wrapped call: one row for each call of
 * calls.def. A missing row does not compile (record/trace_put.c). Constant; cold.
 */
#ifndef RECORD_TRACE_ROWS_H
#define RECORD_TRACE_ROWS_H

/* The kinds of arguments. The comment says which argument has the length. */
enum trace_kind {
	T_END, /* there are no more arguments */
	T_FD,
	T_INT,
	T_UNSIGNED, /* also a size */
	T_POINTER,
	T_STRING,
	T_FAMILY,
	T_TYPE,     /* SOCK_, with flags */
	T_PROTOCOL, /* the first argument is the family */
	T_FLAGS,    /* SOCK_NONBLOCK, SOCK_CLOEXEC */
	T_MSG,
	T_NI,
	T_ADDRESS,     /* the next argument is the length */
	T_ADDRESS_OUT, /* the next argument points to the length */
	T_LENGTH_OUT,  /* a socklen_t at a pointer */
	T_MESSAGE,     /* struct msghdr */
	T_MESSAGES, /* struct mmsghdr[]; the next argument is the count, the result how many are done */
	T_VECTOR, /* struct iovec[]; the next argument is the count */
	T_OFFSET, /* an off_t at a pointer */
	T_SPLICE,
	T_POLLFDS, /* the next argument is the count */
	T_SET,     /* fd_set; the first argument is the number of descriptors */
	T_TIMEVAL,
	T_TIMESPEC,
	T_EVENTS_OUT, /* struct epoll_event[]; the result is the count */
	T_EVENT,
	T_EPOLL,          /* EPOLL_CTL_ */
	T_HINTS,          /* struct addrinfo */
	T_PAIR,           /* int[2], after success */
	T_OPEN,           /* O_ */
	T_FCNTL,          /* F_ */
	T_FCNTL_ARGUMENT, /* the argument before is the command */
	T_IOCTL,
	T_RANGE,     /* CLOSE_RANGE_ */
	T_LEVEL,     /* SOL_ */
	T_OPTION,    /* the argument before is the level */
	T_VALUE,     /* the argument before is the option, the next one the length */
	T_VALUE_OUT, /* the same; the next argument points to the length */
	T_SIGNAL,
	T_HANDLER,
	T_RTLD,
	T_MORE /* a format's arguments */
};

/* The kinds of results. */
enum trace_result {
	R_ERRNO,    /* negative where it failed, with errno */
	R_POINTER,  /* NULL where it failed; errno says nothing */
	R_OPENED,   /* NULL where it failed, with errno */
	R_EAI,      /* 0 or EAI_ */
	R_RETURNED, /* 0 or an errno */
	R_HANDLER,  /* SIG_ERR where it failed, with errno */
	R_VOID
};

/* connection */
#define TRACE_connect ROW(R_ERRNO, T_FD, T_ADDRESS, T_UNSIGNED)
#define TRACE_accept  ROW(R_ERRNO, T_FD, T_ADDRESS_OUT, T_LENGTH_OUT)
#define TRACE_accept4 ROW(R_ERRNO, T_FD, T_ADDRESS_OUT, T_LENGTH_OUT, T_FLAGS)

/* receiving */
#define TRACE_recv ROW(R_ERRNO, T_FD, T_POINTER, T_UNSIGNED, T_MSG)
#define TRACE_recvfrom                                                                         \
	ROW(R_ERRNO, T_FD, T_POINTER, T_UNSIGNED, T_MSG, T_ADDRESS_OUT, T_LENGTH_OUT)
#define TRACE_recvmsg      ROW(R_ERRNO, T_FD, T_MESSAGE, T_MSG)
#define TRACE_recvmmsg     ROW(R_ERRNO, T_FD, T_MESSAGES, T_UNSIGNED, T_MSG, T_TIMESPEC)
#define TRACE_read         ROW(R_ERRNO, T_FD, T_POINTER, T_UNSIGNED)
#define TRACE_readv        ROW(R_ERRNO, T_FD, T_VECTOR, T_INT)
#define TRACE___recvmsg64  TRACE_recvmsg
#define TRACE___recvmmsg64 ROW(R_ERRNO, T_FD, T_MESSAGES, T_UNSIGNED, T_MSG, T_POINTER)
#define TRACE___recv_chk   ROW(R_ERRNO, T_FD, T_POINTER, T_UNSIGNED, T_UNSIGNED, T_MSG)
#define TRACE___recvfrom_chk                                                                   \
	ROW(R_ERRNO, T_FD, T_POINTER, T_UNSIGNED, T_UNSIGNED, T_MSG, T_ADDRESS_OUT,            \
	    T_LENGTH_OUT)
#define TRACE___read_chk ROW(R_ERRNO, T_FD, T_POINTER, T_UNSIGNED, T_UNSIGNED)

/* sending */
#define TRACE_send       TRACE_recv
#define TRACE_sendto     ROW(R_ERRNO, T_FD, T_POINTER, T_UNSIGNED, T_MSG, T_ADDRESS, T_UNSIGNED)
#define TRACE_sendmsg    TRACE_recvmsg
#define TRACE_sendmmsg   ROW(R_ERRNO, T_FD, T_MESSAGES, T_UNSIGNED, T_MSG)
#define TRACE_write      TRACE_read
#define TRACE_writev     TRACE_readv
#define TRACE_sendfile   ROW(R_ERRNO, T_FD, T_FD, T_OFFSET, T_UNSIGNED)
#define TRACE_sendfile64 TRACE_sendfile
#define TRACE_splice     ROW(R_ERRNO, T_FD, T_OFFSET, T_FD, T_OFFSET, T_UNSIGNED, T_SPLICE)

/* readiness */
#define TRACE_poll         ROW(R_ERRNO, T_POLLFDS, T_UNSIGNED, T_INT)
#define TRACE___poll_chk   ROW(R_ERRNO, T_POLLFDS, T_UNSIGNED, T_INT, T_UNSIGNED)
#define TRACE_ppoll        ROW(R_ERRNO, T_POLLFDS, T_UNSIGNED, T_TIMESPEC, T_POINTER)
#define TRACE___ppoll_chk  ROW(R_ERRNO, T_POLLFDS, T_UNSIGNED, T_TIMESPEC, T_POINTER, T_UNSIGNED)
#define TRACE_select       ROW(R_ERRNO, T_INT, T_SET, T_SET, T_SET, T_TIMEVAL)
#define TRACE_pselect      ROW(R_ERRNO, T_INT, T_SET, T_SET, T_SET, T_TIMESPEC, T_POINTER)
#define TRACE_epoll_wait   ROW(R_ERRNO, T_FD, T_EVENTS_OUT, T_INT, T_INT)
#define TRACE_epoll_pwait  ROW(R_ERRNO, T_FD, T_EVENTS_OUT, T_INT, T_INT, T_POINTER)
#define TRACE_epoll_pwait2 ROW(R_ERRNO, T_FD, T_EVENTS_OUT, T_INT, T_TIMESPEC, T_POINTER)
#define TRACE___ppoll64    ROW(R_ERRNO, T_POLLFDS, T_UNSIGNED, T_POINTER, T_POINTER)
#define TRACE___ppoll64_chk                                                                    \
	ROW(R_ERRNO, T_POLLFDS, T_UNSIGNED, T_POINTER, T_POINTER, T_UNSIGNED)
#define TRACE___select64  ROW(R_ERRNO, T_INT, T_SET, T_SET, T_SET, T_POINTER)
#define TRACE___pselect64 ROW(R_ERRNO, T_INT, T_SET, T_SET, T_SET, T_POINTER, T_POINTER)
#define TRACE___epoll_pwait2_time64                                                            \
	ROW(R_ERRNO, T_FD, T_EVENTS_OUT, T_INT, T_POINTER, T_POINTER)
#define TRACE_epoll_ctl ROW(R_ERRNO, T_FD, T_EPOLL, T_FD, T_EVENT)

/* the resolver */
#define TRACE_getaddrinfo ROW(R_EAI, T_STRING, T_STRING, T_HINTS, T_POINTER)
#define TRACE_getnameinfo                                                                      \
	ROW(R_EAI, T_ADDRESS, T_UNSIGNED, T_POINTER, T_UNSIGNED, T_POINTER, T_UNSIGNED, T_NI)
#define TRACE_gethostbyname  ROW(R_POINTER, T_STRING)
#define TRACE_gethostbyname2 ROW(R_POINTER, T_STRING, T_FAMILY)
#define TRACE_gethostbyaddr  ROW(R_POINTER, T_POINTER, T_UNSIGNED, T_FAMILY)
#define TRACE_gethostbyname_r                                                                  \
	ROW(R_RETURNED, T_STRING, T_POINTER, T_POINTER, T_UNSIGNED, T_POINTER, T_POINTER)
#define TRACE_gethostbyname2_r                                                                 \
	ROW(R_RETURNED, T_STRING, T_FAMILY, T_POINTER, T_POINTER, T_UNSIGNED, T_POINTER,       \
	    T_POINTER)
#define TRACE_gethostbyaddr_r                                                                  \
	ROW(R_RETURNED, T_POINTER, T_UNSIGNED, T_FAMILY, T_POINTER, T_POINTER, T_UNSIGNED,     \
	    T_POINTER, T_POINTER)
#define TRACE_res_query       ROW(R_ERRNO, T_STRING, T_INT, T_INT, T_POINTER, T_INT)
#define TRACE_res_search      TRACE_res_query
#define TRACE_res_querydomain ROW(R_ERRNO, T_STRING, T_STRING, T_INT, T_INT, T_POINTER, T_INT)
#define TRACE_res_send        ROW(R_ERRNO, T_POINTER, T_INT, T_POINTER, T_INT)
#define TRACE_res_nquery      ROW(R_ERRNO, T_POINTER, T_STRING, T_INT, T_INT, T_POINTER, T_INT)
#define TRACE_res_nsearch     TRACE_res_nquery
#define TRACE_res_nquerydomain                                                                 \
	ROW(R_ERRNO, T_POINTER, T_STRING, T_STRING, T_INT, T_INT, T_POINTER, T_INT)
#define TRACE_res_nsend ROW(R_ERRNO, T_POINTER, T_POINTER, T_INT, T_POINTER, T_INT)

/* descriptors */
#define TRACE_socket      ROW(R_ERRNO, T_FAMILY, T_TYPE, T_PROTOCOL)
#define TRACE_socketpair  ROW(R_ERRNO, T_FAMILY, T_TYPE, T_PROTOCOL, T_PAIR)
#define TRACE_dup         ROW(R_ERRNO, T_FD)
#define TRACE_dup2        ROW(R_ERRNO, T_FD, T_FD)
#define TRACE_dup3        ROW(R_ERRNO, T_FD, T_FD, T_OPEN)
#define TRACE_fcntl       ROW(R_ERRNO, T_FD, T_FCNTL, T_FCNTL_ARGUMENT)
#define TRACE_fcntl64     TRACE_fcntl
#define TRACE_ioctl       ROW(R_ERRNO, T_FD, T_IOCTL, T_POINTER)
#define TRACE_close       ROW(R_ERRNO, T_FD)
#define TRACE_close_range ROW(R_ERRNO, T_UNSIGNED, T_UNSIGNED, T_RANGE)
#define TRACE_closefrom   ROW(R_VOID, T_FD)
#define TRACE_pidfd_getfd ROW(R_ERRNO, T_FD, T_FD, T_UNSIGNED)
#define TRACE_getsockopt  ROW(R_ERRNO, T_FD, T_LEVEL, T_OPTION, T_VALUE_OUT, T_LENGTH_OUT)
#define TRACE_shutdown    ROW(R_ERRNO, T_FD, T_INT)
#define TRACE_setsockopt  ROW(R_ERRNO, T_FD, T_LEVEL, T_OPTION, T_VALUE, T_UNSIGNED)

#define TRACE___getsockopt64 TRACE_getsockopt
#define TRACE___setsockopt64 TRACE_setsockopt

/* signals */
#define TRACE_sigaction    ROW(R_ERRNO, T_SIGNAL, T_POINTER, T_POINTER)
#define TRACE_signal       ROW(R_HANDLER, T_SIGNAL, T_HANDLER)
#define TRACE_sysv_signal  TRACE_signal
#define TRACE_sigset       TRACE_signal
#define TRACE_siginterrupt ROW(R_ERRNO, T_SIGNAL, T_INT)

/* stdio */
#define TRACE_fdopen         ROW(R_OPENED, T_FD, T_STRING)
#define TRACE_fileno         ROW(R_ERRNO, T_POINTER)
#define TRACE_dprintf        ROW(R_ERRNO, T_FD, T_STRING, T_MORE)
#define TRACE_vdprintf       TRACE_dprintf
#define TRACE___dprintf_chk  ROW(R_ERRNO, T_FD, T_INT, T_STRING, T_MORE)
#define TRACE___vdprintf_chk TRACE___dprintf_chk

/* loading */
#define TRACE_dlopen  ROW(R_POINTER, T_STRING, T_RTLD)
#define TRACE_dlmopen ROW(R_POINTER, T_INT, T_STRING, T_RTLD)

/* cancellation */
/* system calls by number, and their filters */
#define TRACE_prctl ROW(R_ERRNO, T_INT, T_POINTER, T_POINTER, T_POINTER, T_POINTER)
#define TRACE_syscall                                                                          \
	ROW(R_ERRNO, T_INT, T_POINTER, T_POINTER, T_POINTER, T_POINTER, T_POINTER, T_POINTER)

#endif
