/*
 * One run, from its frame to its answer: prepare, start, watch, stop, measure, decide the cause (cause.c), answer.
 */
#ifndef ZUKO_RUN_H
#define ZUKO_RUN_H

#include <stdint.h>

#include "account.h"
#include "protocol.h"
#include "reset.h"

/* What every run needs, opened once. */
struct sandbox {
	int workspace_fd;
	int signal_fd;  /* SIGCHLD */
	int notify_fd;  /* announces forbidden calls; -1 in FILTER_KILL mode */
	int ruleset_fd; /* Landlock's, -1 where the kernel has none */
	int reset_ms;   /* of CPU time, for emptying; a fresh sandbox costs about as much, so more is not worth it */
	enum filter_mode filter_mode;
	struct account account;
	struct baseline baseline;
};

/* Call once, before the first run. `sandbox` has to stay. */
void run_open(const struct sandbox *sandbox);

/* Handles a run frame of `size` bytes. Returns if the sandbox is ready for another frame, else ends. */
void run_handle(uint32_t size);

#endif
