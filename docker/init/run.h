/*
 * One run, from its frame to its answer: prepare, start, watch, stop, measure, decide the cause (cause.c), answer.
 */
#ifndef ZUKO_RUN_H
#define ZUKO_RUN_H

#include <stdint.h>

#include "account.h"
#include "protocol.h"
#include "reset.h"

/* State that is opened once and shared by all runs. */
struct sandbox {
	int workspace_fd;
	int signal_fd;  /* SIGCHLD */
	int notify_fd;  /* announces forbidden calls; -1 in FILTER_KILL mode */
	int ruleset_fd; /* Landlock ruleset; -1: none */
	int reset_ms;   /* CPU time for emptying: about what a fresh sandbox costs, so more would not pay */
	enum filter_mode filter_mode;
	struct account account;
	struct baseline baseline;
};

/* Call once, before the first run. Keeps the pointer. */
void run_open(const struct sandbox *sandbox);

/* Handles a run frame of `size` bytes. Returns if the sandbox is ready for another frame, else ends zuko-init. */
void run_handle(uint32_t size);

#endif
