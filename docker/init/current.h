/*
 * The current run, or the last one: what the modules of a run share.
 *
 *   prepare.c ──> watch.c ──> measure.c ──> cause.c ──> answer.c      run.c calls them in this order
 */
#ifndef ZUKO_CURRENT_H
#define ZUKO_CURRENT_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "input_end.h"
#include "interactive.h"
#include "isolation.h"
#include "protocol.h"
#include "reap.h"
#include "run.h"
#include "stream.h"

#define NS_PER_MS 1000000ull

struct current {
	uint8_t payload[CONTROL_MAX + 1]; /* of its frame, and a NUL after the last string */
	struct run_request request;
	struct interactive_input input;
	int failure_fd; /* read end: "step: error" if the program cannot be started */
	/* readings at its start */
	uint64_t start_ns, own_cpu_ns, cgroup_cpu_ns, oom_kills;
	struct kept_off kept_off;
	const struct place *place; /* NULL: not opened yet */
	bool main_ended;
	/* at its wall time limit */
	bool waits; /* nothing of it had anything to do */
	uint64_t without_core_ns; /* for so long its main process had something to do and no core */
	bool relays, obeys; /* linked, as the one side of the link or the other */
	int rest_fd;        /* of the other side's pipes, see link.h; -1: none, or not ours yet */
	bool is_over;       /* the other side's run has ended, and what is written into that pipe is dropped */
	bool has_told_closed, offers_closed;
	bool exceeds_link;  /* the other side has counted more output than is allowed */
	struct reaped reaped; /* its processes, once they are stopped */
	/* "" unless it happened */
	char forbidden_call[DETAIL_MAX + 1], start_failure[DETAIL_MAX + 1];
};

extern struct current run;
extern const struct sandbox *sandbox;
extern struct stream streams[2]; /* stdout, stderr */

#endif
