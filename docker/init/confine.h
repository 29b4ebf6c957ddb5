/*
 * The seccomp filter that zuko-init puts on itself, and so on every program it starts.
 */
#ifndef ZUKO_CONFINE_H
#define ZUKO_CONFINE_H

#include <stddef.h>

#include "protocol.h"

#ifndef SYS_landlock_restrict_self
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* A Landlock ruleset (landlock(7)) under which files can be opened for writing only below `paths` and /dev; for
 * landlock_restrict_self in a child. -1 where the kernel has none that allows renames between directories (before
 * 5.19, or switched off): then this line of defence is missing and the others stand. */
int writable_only(const char *const *paths, int count);

/* Installs the filter. Returns the mode; *notify_fd is the descriptor on which forbidden calls are
 * announced, or -1 in FILTER_KILL mode. Returns -1 with errno on failure. */
int confine(int *notify_fd);

/* Takes one announcement off `notify_fd` and writes the name of the forbidden call. False: there was none
 * (its process had died meanwhile). The caller stays blocked in the kernel until it is killed. */
bool confine_forbidden_call(int notify_fd, char *name, size_t size);

#endif
