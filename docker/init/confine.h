/*
 * The seccomp filter that zuko-init puts on itself, and so on every program it starts.
 */
#ifndef ZUKO_CONFINE_H
#define ZUKO_CONFINE_H

#include <stddef.h>

#include "protocol.h"

/* Installs the filter. Returns the mode; *notify_fd is the descriptor on which forbidden calls are
 * announced, or -1 in FILTER_KILL mode. Returns -1 with errno on failure. */
int confine(int *notify_fd);

/* Takes one announcement off `notify_fd` and writes the name of the forbidden call. False: there was none
 * (its process had died meanwhile). The caller stays blocked in the kernel until it is killed. */
bool confine_forbidden_call(int notify_fd, char *name, size_t size);

#endif
