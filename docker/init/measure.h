/*
 * Ends a run and collects what is known of it.
 */
#ifndef ZUKO_MEASURE_H
#define ZUKO_MEASURE_H

#include <stdbool.h>

#include "cause.h"
#include "protocol.h"

/* Ends all processes of the run and closes its input. Returns false if a process did not die. */
bool measure_stop(enum cause first);

/* Collects the rest of the output and the final counters. Returns the facts that decide the cause. */
struct facts measure_facts(enum cause first, struct result *result);

#endif
