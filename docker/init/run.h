/*
 * One run, from its frame to its answer: prepare, start, watch, stop, measure, decide the cause (cause.c), answer.
 */
#ifndef ZUKO_RUN_H
#define ZUKO_RUN_H

#include <stdint.h>

#include "account.h"
#include "isolation.h"
#include "protocol.h"

/* State that is opened once and shared by all runs. */
struct sandbox {
	int proc_fd; /* our /proc */
	enum filter_mode filter_mode;
	struct account account;
	const struct isolation *isolation;
};

/* Call once, before the first run. Keeps the pointer. */
void run_open(const struct sandbox *sandbox);

/* Returns the directory of the next run's files. */
int run_workspace(void);

/* Forgets that directory: the place of the next run is another one. */
void run_abandon_place(void);

/* Handles a run frame of `size` bytes. Returns if the sandbox is ready for another frame, else ends zuko-init. */
void run_handle(uint32_t size);

#endif
