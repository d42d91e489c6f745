/*
 * A call in a frame with a cleanup of the compiler's.
 */
#ifndef BEHAVIOUR_UNWOUND_H
#define BEHAVIOUR_UNWOUND_H

#include "harness/blocking.h"

/* Make the scene's call; *left goes up by one when the frame is left, however it is. */
void unwound_call(struct scene *scene, atomic_int *left);

#endif
