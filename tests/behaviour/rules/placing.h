/*
 * Sockets at addresses that are given as text, for tests/behaviour/rules/rules_victim: 127.0.0.2,
 * 127.0.0.2:8000, ::1, unix:/path or @abstract; where it has no port, there is any. What fails ends
 * the program.
 */
#ifndef BEHAVIOUR_PLACING_H
#define BEHAVIOUR_PLACING_H

#include <sys/socket.h>

/* What the program sets on its sockets: timers in milliseconds, 0 for none; and their type. */
extern long own_timer;
extern int kind;

struct place {
	struct sockaddr_storage address;
	socklen_t length;
};

void must(int condition, int line);
struct place place_of(const char *text);
int new_socket(const struct place *place);
/* A socket bound there; *place gets the address that it has now. */
int bound_socket(struct place *place);
/* A socket connected to one there, the accepted one in *other (-1: there is none). */
int connected(const char *text, int *other);
/* The address of a listener that takes no more connections. */
struct place full_listener(const char *text);

#endif
