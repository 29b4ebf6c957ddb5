/*
 * Whether the program of a run sleeps. This is reported to the host, if it wants to know: it may lend the core to others
 * meanwhile.
 */
#ifndef ZUKO_ASLEEP_H
#define ZUKO_ASLEEP_H

#include <stdint.h>

/* Begins with a program that works. */
void asleep_begin(uint64_t now);

/* Looks at the program if that is due, and reports to the host when it has fallen asleep, or works again. Returns when to
 * look next; UINT64_MAX: never in this run. */
uint64_t asleep_look(uint64_t now);

/* Reports that one that slept is ended now: that wants the core as well, and as soon as it can be had. */
void asleep_end(void);

#endif
