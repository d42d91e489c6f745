/*
 * What each wrapped call takes and returns: a row a call of calls.def, by its name. One that is
 * missing does not compile (record/trace.c). Constant; cold.
 */
#ifndef RECORD_TRACE_ROWS_H
#define RECORD_TRACE_ROWS_H

/* Of arguments. Those that speak of memory whose length is elsewhere say where. */
enum trace_kind {
	T_END, /* no argument more */
	T_FD,
	T_INT,
	T_UNSIGNED, /* and sizes */
	T_POINTER,
	T_STRING,
	T_FAMILY,
	T_TYPE,     /* SOCK_, with flags */
	T_PROTOCOL, /* of the family that is the first argument */
	T_FLAGS,    /* SOCK_NONBLOCK, SOCK_CLOEXEC */
	T_MSG,
	T_NI,
	T_ADDRESS,     /* its length is the next argument */
	T_ADDRESS_OUT, /* … where the next argument points to */
	T_LENGTH_OUT,  /* a socklen_t at a pointer */
	T_MESSAGE,     /* struct msghdr */
	T_MESSAGES, /* struct mmsghdr; as many as the next argument says, of which the result is done */
	T_VECTOR, /* struct iovec; as many as the next argument says */
	T_OFFSET, /* an off_t at a pointer */
	T_SPLICE,
	T_POLLFDS, /* as many as the next argument says */
	T_SET,     /* fd_set; as many descriptors as the first argument says */
	T_TIMEVAL,
	T_TIMESPEC,
	T_EVENTS_OUT, /* struct epoll_event, as many as the result says */
	T_EVENT,
	T_EPOLL,          /* EPOLL_CTL_ */
	T_HINTS,          /* struct addrinfo */
	T_PAIR,           /* int[2], where it did not fail */
	T_OPEN,           /* O_ */
	T_FCNTL,          /* F_ */
	T_FCNTL_ARGUMENT, /* of the command before it */
	T_IOCTL,
	T_RANGE,     /* CLOSE_RANGE_ */
	T_LEVEL,     /* SOL_ */
	T_OPTION,    /* of the level before it */
	T_VALUE,     /* of the option before it, its length is the next argument */
	T_VALUE_OUT, /* … where the next argument points to */
	T_SIGNAL,
	T_HANDLER,
	T_STREAM,
	T_RTLD,
	T_WHENCE,
	T_MORE /* a format's arguments */
};

/* Of results. */
enum trace_result {
	R_ERRNO,    /* negative where it failed, with errno */
	R_PLAIN,    /* a number; errno says nothing */
	R_POINTER,  /* NULL where it failed; errno says nothing */
	R_OPENED,   /* NULL where it failed, with errno */
	R_EAI,      /* 0 or EAI_ */
	R_RETURNED, /* 0 or an errno */
	R_HANDLER,  /* SIG_ERR where it failed, with errno */
	R_WIDE,     /* WEOF where it failed or ended */
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
#define TRACE_recvmsg    ROW(R_ERRNO, T_FD, T_MESSAGE, T_MSG)
#define TRACE_recvmmsg   ROW(R_ERRNO, T_FD, T_MESSAGES, T_UNSIGNED, T_MSG, T_TIMESPEC)
#define TRACE_read       ROW(R_ERRNO, T_FD, T_POINTER, T_UNSIGNED)
#define TRACE_readv      ROW(R_ERRNO, T_FD, T_VECTOR, T_INT)
#define TRACE___recv_chk ROW(R_ERRNO, T_FD, T_POINTER, T_UNSIGNED, T_UNSIGNED, T_MSG)
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
#define TRACE_epoll_ctl    ROW(R_ERRNO, T_FD, T_EPOLL, T_FD, T_EVENT)

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
#define TRACE_listen      ROW(R_ERRNO, T_FD, T_INT)
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
#define TRACE_setsockopt  ROW(R_ERRNO, T_FD, T_LEVEL, T_OPTION, T_VALUE, T_UNSIGNED)

/* signals */
#define TRACE_sigaction    ROW(R_ERRNO, T_SIGNAL, T_POINTER, T_POINTER)
#define TRACE_signal       ROW(R_HANDLER, T_SIGNAL, T_HANDLER)
#define TRACE_sysv_signal  TRACE_signal
#define TRACE_sigset       TRACE_signal
#define TRACE_siginterrupt ROW(R_ERRNO, T_SIGNAL, T_INT)

/* streams: what reads */
#define TRACE_getc                 ROW(R_PLAIN, T_STREAM)
#define TRACE_getc_unlocked        TRACE_getc
#define TRACE_getchar              ROW(R_PLAIN, T_END)
#define TRACE_getchar_unlocked     TRACE_getchar
#define TRACE_getw                 TRACE_getc
#define TRACE___uflow              TRACE_getc
#define TRACE___underflow          TRACE_getc
#define TRACE_fgets                ROW(R_POINTER, T_POINTER, T_INT, T_STREAM)
#define TRACE_fgets_unlocked       TRACE_fgets
#define TRACE___fgets_chk          ROW(R_POINTER, T_POINTER, T_UNSIGNED, T_INT, T_STREAM)
#define TRACE___fgets_unlocked_chk TRACE___fgets_chk
#define TRACE_gets                 ROW(R_POINTER, T_POINTER)
#define TRACE___gets_chk           ROW(R_POINTER, T_POINTER, T_UNSIGNED)
#define TRACE_fread                ROW(R_PLAIN, T_POINTER, T_UNSIGNED, T_UNSIGNED, T_STREAM)
#define TRACE_fread_unlocked       TRACE_fread
#define TRACE___fread_chk          ROW(R_PLAIN, T_POINTER, T_UNSIGNED, T_UNSIGNED, T_UNSIGNED, T_STREAM)
#define TRACE___fread_unlocked_chk TRACE___fread_chk
#define TRACE_getline              ROW(R_PLAIN, T_POINTER, T_POINTER, T_STREAM)
#define TRACE_getdelim             ROW(R_PLAIN, T_POINTER, T_POINTER, T_INT, T_STREAM)
#define TRACE_fscanf               ROW(R_PLAIN, T_STREAM, T_STRING, T_MORE)
#define TRACE_vfscanf              TRACE_fscanf
#define TRACE_scanf                ROW(R_PLAIN, T_STRING, T_MORE)
#define TRACE_vscanf               TRACE_scanf
#define TRACE___isoc99_fscanf      TRACE_fscanf
#define TRACE___isoc99_vfscanf     TRACE_fscanf
#define TRACE___isoc99_scanf       TRACE_scanf
#define TRACE___isoc99_vscanf      TRACE_scanf
#define TRACE___isoc23_fscanf      TRACE_fscanf
#define TRACE___isoc23_vfscanf     TRACE_fscanf
#define TRACE___isoc23_scanf       TRACE_scanf
#define TRACE___isoc23_vscanf      TRACE_scanf

/* streams: what reads wide characters */
#define TRACE_fgetwc                ROW(R_WIDE, T_STREAM)
#define TRACE_fgetwc_unlocked       TRACE_fgetwc
#define TRACE_getwchar              ROW(R_WIDE, T_END)
#define TRACE_getwchar_unlocked     TRACE_getwchar
#define TRACE___wuflow              TRACE_fgetwc
#define TRACE___wunderflow          TRACE_fgetwc
#define TRACE_fgetws                TRACE_fgets
#define TRACE_fgetws_unlocked       TRACE_fgets
#define TRACE___fgetws_chk          TRACE___fgets_chk
#define TRACE___fgetws_unlocked_chk TRACE___fgets_chk
#define TRACE_fwscanf               ROW(R_PLAIN, T_STREAM, T_POINTER, T_MORE)
#define TRACE_vfwscanf              TRACE_fwscanf
#define TRACE_wscanf                ROW(R_PLAIN, T_POINTER, T_MORE)
#define TRACE_vwscanf               TRACE_wscanf
#define TRACE___isoc99_fwscanf      TRACE_fwscanf
#define TRACE___isoc99_vfwscanf     TRACE_fwscanf
#define TRACE___isoc99_wscanf       TRACE_wscanf
#define TRACE___isoc99_vwscanf      TRACE_wscanf
#define TRACE___isoc23_fwscanf      TRACE_fwscanf
#define TRACE___isoc23_vfwscanf     TRACE_fwscanf
#define TRACE___isoc23_wscanf       TRACE_wscanf
#define TRACE___isoc23_vwscanf      TRACE_wscanf

/* streams: what writes */
#define TRACE_putc             ROW(R_ERRNO, T_INT, T_STREAM)
#define TRACE_putc_unlocked    TRACE_putc
#define TRACE_putchar          ROW(R_ERRNO, T_INT)
#define TRACE_putchar_unlocked TRACE_putchar
#define TRACE_putw             TRACE_putc
#define TRACE___overflow       ROW(R_ERRNO, T_STREAM, T_INT)
#define TRACE_fputs            ROW(R_ERRNO, T_POINTER, T_STREAM)
#define TRACE_fputs_unlocked   TRACE_fputs
#define TRACE_puts             ROW(R_ERRNO, T_POINTER)
#define TRACE_fwrite           TRACE_fread
#define TRACE_fwrite_unlocked  TRACE_fread
#define TRACE_fprintf          ROW(R_ERRNO, T_STREAM, T_STRING, T_MORE)
#define TRACE_vfprintf         TRACE_fprintf
#define TRACE___fprintf_chk    ROW(R_ERRNO, T_STREAM, T_INT, T_STRING, T_MORE)
#define TRACE___vfprintf_chk   TRACE___fprintf_chk
#define TRACE_printf           ROW(R_ERRNO, T_STRING, T_MORE)
#define TRACE_vprintf          TRACE_printf
#define TRACE___printf_chk     ROW(R_ERRNO, T_INT, T_STRING, T_MORE)
#define TRACE___vprintf_chk    TRACE___printf_chk
#define TRACE_dprintf          ROW(R_ERRNO, T_FD, T_STRING, T_MORE)
#define TRACE_vdprintf         TRACE_dprintf
#define TRACE___dprintf_chk    ROW(R_ERRNO, T_FD, T_INT, T_STRING, T_MORE)
#define TRACE___vdprintf_chk   TRACE___dprintf_chk
#define TRACE_fflush           ROW(R_ERRNO, T_STREAM)
#define TRACE_fflush_unlocked  TRACE_fflush
#define TRACE_fclose           ROW(R_ERRNO, T_POINTER)
#define TRACE_fseek            ROW(R_ERRNO, T_STREAM, T_INT, T_WHENCE)
#define TRACE_fseeko           TRACE_fseek
#define TRACE_fseeko64         TRACE_fseek
#define TRACE_rewind           ROW(R_VOID, T_STREAM)
#define TRACE_fsetpos          ROW(R_ERRNO, T_STREAM, T_POINTER)
#define TRACE_fsetpos64        TRACE_fsetpos

/* streams: what writes wide characters */
#define TRACE_fputwc            TRACE_putc
#define TRACE_fputwc_unlocked   TRACE_putc
#define TRACE_putwchar          TRACE_putchar
#define TRACE_putwchar_unlocked TRACE_putchar
#define TRACE___woverflow       TRACE___overflow
#define TRACE_fputws            TRACE_fputs
#define TRACE_fputws_unlocked   TRACE_fputs
#define TRACE_fwprintf          ROW(R_ERRNO, T_STREAM, T_POINTER, T_MORE)
#define TRACE_vfwprintf         TRACE_fwprintf
#define TRACE___fwprintf_chk    ROW(R_ERRNO, T_STREAM, T_INT, T_POINTER, T_MORE)
#define TRACE___vfwprintf_chk   TRACE___fwprintf_chk
#define TRACE_wprintf           ROW(R_ERRNO, T_POINTER, T_MORE)
#define TRACE_vwprintf          TRACE_wprintf
#define TRACE___wprintf_chk     ROW(R_ERRNO, T_INT, T_POINTER, T_MORE)
#define TRACE___vwprintf_chk    TRACE___wprintf_chk

/* streams: what opens them */
#define TRACE_fdopen    ROW(R_OPENED, T_FD, T_STRING)
#define TRACE_freopen   ROW(R_OPENED, T_STRING, T_STRING, T_POINTER)
#define TRACE_freopen64 TRACE_freopen

/* loading */
#define TRACE_dlopen  ROW(R_POINTER, T_STRING, T_RTLD)
#define TRACE_dlmopen ROW(R_POINTER, T_INT, T_STRING, T_RTLD)

/* cancellation */
#define TRACE_prctl ROW(R_ERRNO, T_INT, T_POINTER, T_POINTER, T_POINTER, T_POINTER)
#define TRACE_pthread_cancel ROW(R_RETURNED, T_POINTER)

#endif
