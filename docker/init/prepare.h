/*
 * Prepares a run: its frame, its kept files and its streams; then starts the program.
 */
#ifndef ZUKO_PREPARE_H
#define ZUKO_PREPARE_H

#include <stdint.h>

#include "launch.h"

/* Receives a run frame of `size` bytes. Ends zuko-init if it is wrong. */
void prepare_receive(uint32_t size);

/* Restores the kept files and opens the program's streams. Returns what the child needs. */
struct launch prepare_launch(void);

/* Reads the counters, then starts the program. */
void prepare_start(const struct launch *launch);

#endif
