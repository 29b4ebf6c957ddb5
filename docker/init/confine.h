/*
 * The seccomp filter of every program. The process that starts a program has it, and the program inherits it.
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

/* Returns a Landlock ruleset (landlock(7)) for landlock_restrict_self in a child. Under it, files can be opened for
 * writing only below `paths` and /dev. Returns -1 where Landlock does not support renames between directories (kernels
 * before 5.19) or is switched off; the sandbox then relies on its other defences. */
int writable_only(const char *const *paths, int count);

/* Builds the filter. Call once, before the first `confine`; children need not call it again. */
void confine_prepare(void);

/* Installs the filter. Returns its mode, or -1 with errno. *notify_fd becomes the descriptor that announces forbidden
 * calls, -1 in FILTER_KILL mode. */
int confine(int *notify_fd);

/* Receives one announcement from `notify_fd` and writes the name of the forbidden call. Returns false if there is none:
 * the process has died meanwhile. Otherwise it stays blocked in the kernel until it is killed. */
bool confine_forbidden_call(int notify_fd, char *name, size_t size);

#endif
