/*
 * Owns the names of the wrapped calls, from calls.def. Constant; cold.
 */
#include "config.h"

#include "calls/calls.h"

const char *call_name(enum call call)
{
#define CALL(operation, type, name, parameters) [CALL_##name] = #name,
#define ALIAS(operation, name, target)
	static const char *const names[CALL_COUNT] = {
#include "calls/calls.def"
	};
#undef CALL
#undef ALIAS
	return call < CALL_COUNT ? names[call] : "?";
}

bool call_waits(enum call call)
{
	enum { CONNECT, ACCEPT, RECV, SEND, RESOLVE, WAIT, WATCHED };
#define CALL(operation, type, name, parameters) [CALL_##name] = (operation) == WAIT,
#define ALIAS(operation, name, target)
	static const bool waits[CALL_COUNT] = {
#include "calls/calls.def"
	};
#undef CALL
#undef ALIAS
	return call < CALL_COUNT && waits[call];
}
