/*
 * What a program loads with RTLD_DEEPBIND: it tells which recv it is bound to, and receives.
 */
#include "config.h"

#include <sys/socket.h>

ssize_t deep_receive(int fd, void *buffer, size_t length);
void *deep_function(void);

ssize_t deep_receive(int fd, void *buffer, size_t length)
{
	return recv(fd, buffer, length, 0);
}

void *deep_function(void)
{
	return __extension__(void *) recv;
}
