/*
 * Has forks told. Cold.
 */
#include "config.h"

#include <pthread.h>

#include "shim/fault/seed.h"

/* Registering takes a lock (nptl/register-atfork.c), so it is done before anything can interrupt. */
void seed_start(void)
{
	if (pthread_atfork(seed_forking, NULL, seed_forked) == 0)
		seed_told();
	else
		seed_watch();
}
