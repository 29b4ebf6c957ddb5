/*
 * Answers a run: the rest of its output, its files, the audit and the result.
 */
#ifndef ZUKO_ANSWER_H
#define ZUKO_ANSWER_H

#include <stdbool.h>

#include "cause.h"
#include "protocol.h"

/* Fills in how the run ended. */
void answer_outcome(struct result *result, const struct outcome *outcome);

/* Sends the output, the files and the result. Returns if the sandbox is ready for another run, else ends zuko-init. */
void answer_result(struct result *result, bool all_ended);

#endif
