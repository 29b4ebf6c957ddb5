/*
 * Runs in the container's own namespaces: the program is our child, and the container is emptied between two runs.
 */
#ifndef ZUKO_DIRECT_H
#define ZUKO_DIRECT_H

#include "isolation.h"
#include "protocol.h"

struct direct_options {
	const char *workspace;
	const char *const *writable; /* all writable places of the container */
	int writable_count;
	int reset_ms;  /* CPU time for emptying: about what a fresh sandbox costs, so more would not pay */
	int signal_fd; /* SIGCHLD */
};

/* Takes the baseline that later runs are compared with, and confines zuko-init itself: every program inherits the
 * filter. Ends zuko-init if it cannot. Keeps the pointers. */
const struct isolation *direct_open(const struct direct_options *options, enum filter_mode *mode);

#endif
