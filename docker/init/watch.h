/*
 * Watches a run until the first event that ends it: a limit, a forbidden call, its end.
 */
#ifndef ZUKO_WATCH_H
#define ZUKO_WATCH_H

#include <stdint.h>

#include "cause.h"

/* Waits for the first event that ends the run. Returns its cause; CAUSE_EXITED: the main process ended. */
enum cause watch_run(void);

/* Returns the CPU time since the start of the run: the cgroup's without our own. */
uint64_t watch_cpu_ns(void);

/* Returns the wall time since the start of the run, without that of the other program (relay.h) and the time for which
 * the program was kept off its core, which the host had lent. */
uint64_t watch_wall_ns(uint64_t now);

/* At a time limit, a runtime may hold output that the program wrote before the limit. Sends the flush signal, then
 * collects output for at most 50 ms. The program is killed afterwards in any case. */
void watch_flush(int signal);

#endif
