/*
 * Runs in boxes: each has namespaces of its own (box.h), made ahead and never used again.
 *
 *   begin ──> ready ──> one run ──> ended, and the next one begins
 *
 * Who makes them is in making.h. A program whose command is that of the warm runtime is forked from it instead of
 * executed.
 */
#ifndef ZUKO_BOXES_H
#define ZUKO_BOXES_H

#include "account.h"
#include "box.h"
#include "isolation.h"

struct boxes_options {
	struct box_plan plan;
	const struct account *account;
	int signal_fd; /* SIGCHLD */
};

/* Makes the first box. Returns NULL if this host does not allow it; `why` then names the step and the error. */
const struct isolation *boxes_open(const struct boxes_options *options, enum filter_mode *mode, char why[DETAIL_MAX + 1]);

/* Keeps a warm runtime from now on: starts `path` with `argv` and `envp`, which must stay. Boxes are made by it as soon
 * as it is ready. Returns NULL, or why it cannot be: programs are then executed as without it. */
const char *boxes_keep_warm(const char *path, char *const *argv, char *const *envp);

#endif
