/*
 * Makes the box of the next run ahead (box.h), and ends it.
 *
 *   begin ──> finish: ready ──> its run (boxes.c) ──> end
 *
 * A box is made by us, or by a warm runtime (warm.h): a process of ours outside of every box that has started an
 * interpreter.
 */
#ifndef ZUKO_MAKING_H
#define ZUKO_MAKING_H

#include <stdbool.h>
#include <sys/types.h>

#include "box.h"
#include "isolation.h"

/* The box that was made last. */
struct made {
	pid_t pid;   /* of its init; 0: none, below 0: it could not be made */
	int control; /* socket of its init */
	int starter; /* for the start of the program; -1: it was started */
	bool is_ready;
	bool is_warm; /* made by the warm runtime */
	enum filter_mode filter_mode;
	struct place place;
};

extern struct made made;

/* Makes the first box. Returns NULL, or the step that this host does not allow, with the error. `signal_fd`: SIGCHLD. */
const char *making_open(const struct box_plan *plan, int signal_fd);

/* Begins a box. */
void making_begin(void);

/* Waits until the box is ready. Returns NULL, or why it is not. */
const char *making_finish(void);

/* Ends the box, whatever state it is in. Returns false if it does not end. */
bool making_end(void);

/* Starts a warm runtime, and the next box by it; see boxes_keep_warm. */
const char *making_keep_warm(const char *path, char *const *argv, char *const *envp);

/* Returns true if the warm runtime that was kept has ended. */
bool making_has_lost_warm(void);

/* Returns true if the box holds a runtime that was started with this command and environment. */
bool making_has_started(char *const *argv, char *const *envp);

#endif
