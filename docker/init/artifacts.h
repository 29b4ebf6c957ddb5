/*
 * Files that a run has left in the workspace: kept for the runs to come, or sent to the host, before the workspace is
 * emptied. Nothing of the program is alive while they are taken, so what is looked at stays as it is.
 */
#ifndef ZUKO_ARTIFACTS_H
#define ZUKO_ARTIFACTS_H

#include "protocol.h"

/* Takes what `request` wants from `dir`: names first, in their order, then what has one of the endings and is neither
 * among the names nor kept already. Regular files only: for an ending others are no match, and a name that is another
 * thing is not there.
 *
 * What cannot be taken is the program's affair: the first such is told in `detail`, nothing after it is taken. */
void artifacts_take(const struct run_request *request, int dir, char detail[DETAIL_MAX + 1]);

#endif
