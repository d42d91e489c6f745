/*
 * Linked with the neighbour: calls it from main and from an atexit handler.
 */
#include <stdlib.h>

void neighbour_call(void);

int main(void)
{
	neighbour_call();
	return atexit(neighbour_call) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
