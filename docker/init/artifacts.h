/*
 * Files that a run has left in the workspace. They are kept for later runs or sent to the host, before the workspace is
 * emptied. No process of the program is alive at that time, so a file does not change between a check and its use.
 */
#ifndef ZUKO_ARTIFACTS_H
#define ZUKO_ARTIFACTS_H

#include "protocol.h"

/* Takes the files of `dir` that `request` names: first the names in their order, then all files that a pattern matches,
 * except those that a name matches or that are kept already.
 *
 * Takes regular files only. Anything else does not match a pattern; under a name it is an error.
 *
 * An error is the program's fault: it stops the search, and `detail` reports it as "take NAME: PROBLEM".
 * A request that collects is sent what can be taken, and a skipped frame for each other file. */
void artifacts_take(const struct run_request *request, int dir, char detail[DETAIL_MAX + 1]);

#endif
