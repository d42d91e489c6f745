/*
 * A frame of a program that was built for exceptions, as C++ is: cancellation unwinds through it,
 * and through the library's frames below it, and runs what is to be run at the end of its scope.
 */
#include "config.h"

#include "process/unwound.h"

static void leave(atomic_int **count)
{
	atomic_fetch_add(*count, 1);
}

void unwound_call(struct scene *scene, atomic_int *left)
{
	__attribute__((cleanup(leave))) atomic_int *scope = left;

	scene->result = scene_call(scene);
	(void)scope;
}
