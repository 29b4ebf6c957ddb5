/*
 * Kernel objects that outlive the processes of a run, in its IPC and network namespaces.
 */
#ifndef ZUKO_LEFTOVERS_H
#define ZUKO_LEFTOVERS_H

#include <stdbool.h>

/* Removes all System V objects. Returns false if some are left, or `is_too_late` returned true (NULL: it never is). */
bool leftovers_remove_sysv(bool (*is_too_late)(void));

/* Removes all POSIX queues in the directory `dir`. */
void leftovers_remove_queues(int dir);

/* Returns true unless the count `name` in the line `protocol` of `list`, like /proc/net/sockstat, is above 0. */
bool leftovers_count_none(const char *list, const char *protocol, const char *name);

/* Returns true if no TCP connection is left, except for those in TIME_WAIT. Waits a moment for some to end. */
bool leftovers_no_connections(void);

#endif
