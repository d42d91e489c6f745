/*
 * Owns the flag that a sandbox was entered. See sandbox.h.
 */
#include "config.h"

#include "shim/system/sandbox.h"

atomic_bool sandbox_flag;
