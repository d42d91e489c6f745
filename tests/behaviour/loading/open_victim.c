/*
 * Opens the library that its argument names, calls it, closes it, and opens it again for good:
 * then ends without destructors, in the way of a forked child.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void call(void *library)
{
	void (*function)(void);

	if (library == NULL)
		_exit(1);
	*(void **)&function = dlsym(library, "neighbour_call");
	if (function == NULL)
		_exit(2);
	function();
}

int main(int argc, char **argv)
{
	void *library;

	if (argc < 2)
		return EXIT_FAILURE;
	library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	call(library);
	if (dlclose(library) != 0)
		return EXIT_FAILURE;
	call(dlopen(argv[1], RTLD_NOW | RTLD_LOCAL));
	_exit(EXIT_SUCCESS);
}
