/*
 * The table of names (trace_names.h). A name is an array, because a pointer would need a relocation
 * in every process. A flag that contains other flags comes before them.
 */
#include "config.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include "base/attributes.h"
#include "record/trace_names.h"

struct name {
	char name[21];
	unsigned char family;
	uint64_t value;
};

#define NAME(family, constant)                                                                 \
	{                                                                                      \
#constant, NAMES_##family, (uint64_t)(constant)                                \
	}

static const struct name names[] = {
	NAME(POLL, POLLIN),
	NAME(POLL, POLLPRI),
	NAME(POLL, POLLOUT),
	NAME(POLL, POLLERR),
	NAME(POLL, POLLHUP),
	NAME(POLL, POLLNVAL),
	NAME(POLL, POLLRDNORM),
	NAME(POLL, POLLRDBAND),
	NAME(POLL, POLLWRNORM),
	NAME(POLL, POLLWRBAND),
	NAME(POLL, POLLRDHUP),
	NAME(EPOLL, EPOLLIN),
	NAME(EPOLL, EPOLLPRI),
	NAME(EPOLL, EPOLLOUT),
	NAME(EPOLL, EPOLLERR),
	NAME(EPOLL, EPOLLHUP),
	NAME(EPOLL, EPOLLRDNORM),
	NAME(EPOLL, EPOLLRDBAND),
	NAME(EPOLL, EPOLLWRNORM),
	NAME(EPOLL, EPOLLWRBAND),
	NAME(EPOLL, EPOLLMSG),
	NAME(EPOLL, EPOLLRDHUP),
	NAME(EPOLL, EPOLLEXCLUSIVE),
	NAME(EPOLL, EPOLLWAKEUP),
	NAME(EPOLL, EPOLLONESHOT),
	{"EPOLLET", NAMES_EPOLL, (uint32_t)EPOLLET},
	NAME(CTL, EPOLL_CTL_ADD),
	NAME(CTL, EPOLL_CTL_DEL),
	NAME(CTL, EPOLL_CTL_MOD),
	NAME(FCNTL, F_DUPFD),
	NAME(FCNTL, F_DUPFD_CLOEXEC),
	NAME(FCNTL, F_GETFD),
	NAME(FCNTL, F_SETFD),
	NAME(FCNTL, F_GETFL),
	NAME(FCNTL, F_SETFL),
	NAME(FCNTL, F_GETLK),
	NAME(FCNTL, F_SETLK),
	NAME(FCNTL, F_SETLKW),
	NAME(FCNTL, F_OFD_GETLK),
	NAME(FCNTL, F_OFD_SETLK),
	NAME(FCNTL, F_OFD_SETLKW),
	NAME(FCNTL, F_GETOWN),
	NAME(FCNTL, F_SETOWN),
	NAME(FCNTL, F_GETOWN_EX),
	NAME(FCNTL, F_SETOWN_EX),
	NAME(FCNTL, F_GETSIG),
	NAME(FCNTL, F_SETSIG),
	NAME(FCNTL, F_GETPIPE_SZ),
	NAME(FCNTL, F_SETPIPE_SZ),
	NAME(FCNTL, F_ADD_SEALS),
	NAME(FCNTL, F_GET_SEALS),
	NAME(OPEN, O_WRONLY),
	NAME(OPEN, O_RDWR),
	NAME(OPEN, O_CREAT),
	NAME(OPEN, O_EXCL),
	NAME(OPEN, O_NOCTTY),
	NAME(OPEN, O_TRUNC),
	NAME(OPEN, O_APPEND),
	NAME(OPEN, O_NONBLOCK),
	NAME(OPEN, O_SYNC),
	NAME(OPEN, O_DSYNC),
	NAME(OPEN, O_ASYNC),
	NAME(OPEN, O_DIRECT),
	NAME(OPEN, O_DIRECTORY),
	NAME(OPEN, O_NOFOLLOW),
	NAME(OPEN, O_NOATIME),
	NAME(OPEN, O_CLOEXEC),
	NAME(OPEN, O_PATH),
	NAME(IOCTL, FIONREAD),
	NAME(IOCTL, FIONBIO),
	NAME(IOCTL, FIOASYNC),
	NAME(IOCTL, FIOCLEX),
	NAME(IOCTL, FIONCLEX),
	NAME(IOCTL, TCGETS),
	NAME(IOCTL, TCSETS),
	NAME(IOCTL, TIOCGWINSZ),
	NAME(IOCTL, TIOCGPGRP),
	NAME(IOCTL, TIOCOUTQ),
	NAME(IOCTL, SIOCATMARK),
	NAME(SPLICE, SPLICE_F_MOVE),
	NAME(SPLICE, SPLICE_F_NONBLOCK),
	NAME(SPLICE, SPLICE_F_MORE),
	NAME(SPLICE, SPLICE_F_GIFT),
	NAME(RANGE, CLOSE_RANGE_UNSHARE),
	NAME(RANGE, CLOSE_RANGE_CLOEXEC),
	NAME(RTLD, RTLD_LAZY),
	NAME(RTLD, RTLD_NOW),
	NAME(RTLD, RTLD_NOLOAD),
#ifdef RTLD_DEEPBIND
	NAME(RTLD, RTLD_DEEPBIND),
#endif
	NAME(RTLD, RTLD_GLOBAL),
	NAME(RTLD, RTLD_NODELETE),
	NAME(SIGNAL, SIGHUP),
	NAME(SIGNAL, SIGINT),
	NAME(SIGNAL, SIGQUIT),
	NAME(SIGNAL, SIGILL),
	NAME(SIGNAL, SIGTRAP),
	NAME(SIGNAL, SIGABRT),
	NAME(SIGNAL, SIGBUS),
	NAME(SIGNAL, SIGFPE),
	NAME(SIGNAL, SIGKILL),
	NAME(SIGNAL, SIGUSR1),
	NAME(SIGNAL, SIGSEGV),
	NAME(SIGNAL, SIGUSR2),
	NAME(SIGNAL, SIGPIPE),
	NAME(SIGNAL, SIGALRM),
	NAME(SIGNAL, SIGTERM),
	NAME(SIGNAL, SIGSTKFLT),
	NAME(SIGNAL, SIGCHLD),
	NAME(SIGNAL, SIGCONT),
	NAME(SIGNAL, SIGSTOP),
	NAME(SIGNAL, SIGTSTP),
	NAME(SIGNAL, SIGTTIN),
	NAME(SIGNAL, SIGTTOU),
	NAME(SIGNAL, SIGURG),
	NAME(SIGNAL, SIGXCPU),
	NAME(SIGNAL, SIGXFSZ),
	NAME(SIGNAL, SIGVTALRM),
	NAME(SIGNAL, SIGPROF),
	NAME(SIGNAL, SIGWINCH),
	NAME(SIGNAL, SIGIO),
	NAME(SIGNAL, SIGPWR),
	NAME(SIGNAL, SIGSYS),
};

void names_put(struct text *text, enum names_family family, uint64_t value)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i].family == family && names[i].value == value) {
			text_put_string(text, names[i].name);
			return;
		}
	if (family == NAMES_IOCTL)
		text_put_hex(text, value);
	else
		text_put_signed(text, (int64_t)value);
}

void names_put_flags(struct text *text, enum names_family family, uint64_t flags)
{
	uint64_t rest = flags;

	for (size_t i = 0; i < COUNT_OF(names) && rest != 0; i++) {
		const struct name *const name = &names[i];

		if (name->family != family || name->value == 0 ||
		    (rest & name->value) != name->value)
			continue;
		if (rest != flags)
			text_put_char(text, '|');
		text_put_string(text, name->name);
		rest &= ~name->value;
	}
	text_put_rest(text, flags, rest);
}
