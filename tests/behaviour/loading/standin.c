/*
 * A library behind ours that has functions in place of libc's, and counts their calls. Preloaded by
 * test_direct; no part of what is installed.
 */
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern int standin_count;

/* A signal that poll raises once, after poll has found nothing for some time. */
extern int standin_raises;
int standin_raises;

int poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
	const struct timespec limit = {timeout / 1000, timeout % 1000 * 1000000L};
	const int found = ppoll(descriptors, count, timeout < 0 ? NULL : &limit, NULL);
	const int number = standin_raises;

	if (found == 0 && timeout > 0 && number != 0) {
		standin_raises = 0;
		(void)raise(number);
	}
	return found;
}
int standin_count;

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	standin_count++;
	return syscall(SYS_recvfrom, fd, buffer, length, flags, NULL, NULL);
}

ssize_t recvfrom(int fd, void *restrict buffer, size_t length, int flags,
		 __SOCKADDR_ARG address, socklen_t *restrict address_length)
{
	standin_count++;
	return syscall(SYS_recvfrom, fd, buffer, length, flags, address.__sockaddr__,
		       address_length);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	standin_count++;
	return syscall(SYS_recvmsg, fd, message, flags);
}

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
	standin_count++;
	return syscall(SYS_sendto, fd, buffer, length, flags, NULL, 0);
}

ssize_t sendto(int fd, const void *buffer, size_t length, int flags,
	       __CONST_SOCKADDR_ARG address, socklen_t address_length)
{
	standin_count++;
	return syscall(SYS_sendto, fd, buffer, length, flags, address.__sockaddr__,
		       address_length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	standin_count++;
	return syscall(SYS_sendmsg, fd, message, flags);
}
