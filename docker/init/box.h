/*
 * The inside of a box: the init of new user, PID, mount, IPC, UTS and network namespaces, for one run.
 *
 *   zuko-init (or a warm runtime) ── clone ──> box_main, PID 1 of the box ── fork ──> the program, PID 2
 *        ╠══════════ control socket ══════════════╝                                     ║
 *        ╚══════════ socket for its start ══════════════════════════════════════════════╝
 *
 * It makes its namespaces ready, gives up every capability, installs the filter, and forks the process of the program,
 * which waits for its start: so a start takes one message, and nothing is left to be made. The init ends at end of file on
 * the control socket, and the kernel ends every process of the box with it.
 *
 * This file and those it needs (confine, descriptors, launch, leftovers, mounts, reap) are also linked into runtimes
 * that are kept warm, so they know nothing of the stream to the host.
 */
#ifndef ZUKO_BOX_H
#define ZUKO_BOX_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"
#include "reap.h"

#define BOX_NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET)

#define BOX_STOP_TIMEOUT_MS 10000 /* for killed processes to disappear; after that, the kernel has a problem */
#define BOX_PLACES_MAX 8
#define BOX_OPTIONS_MAX 96

/* How every box of a cell is made. Sent as bytes between processes that were built together. */
struct box_plan {
	uid_t uid;
	gid_t gid;
	bool check_mounts; /* whether other mounts could be written to; the answer is the same for every box */
	char workspace[BOX_OPTIONS_MAX];
	int place_count;
	struct {
		char path[BOX_OPTIONS_MAX], options[BOX_OPTIONS_MAX]; /* of a tmpfs; "mqueue": of POSIX queues */
	} places[BOX_PLACES_MAX];
};

enum box_request_kind { BOX_START = 1, BOX_SIGNAL, BOX_STOP };

/* zuko-init to the box; BOX_START to the process of the program. It has `size` bytes of strings behind it: argc of argv,
 * then envc of the environment, each ended by a NUL and one more byte; and the descriptors in, out, err, failure, and a
 * kept program if there is one. */
struct box_request {
	enum box_request_kind kind;
	int signal;     /* BOX_SIGNAL */
	int timeout_ms; /* BOX_STOP */
	bool warm;
	uint32_t argc, envc, size;
	struct process_limits limits;
};

enum box_reply_kind { BOX_READY = 1, BOX_FAILED, BOX_ENDED, BOX_STOPPED };

/* The box to zuko-init. BOX_READY has the descriptors of the workspace and of the filter's announcements. BOX_STOPPED
 * follows BOX_ENDED by itself, or a BOX_STOP. */
struct box_reply {
	enum box_reply_kind kind;
	enum filter_mode filter_mode; /* BOX_READY */
	bool all_ended;               /* BOX_STOPPED */
	bool has_connections;         /* BOX_STOPPED: some outlive the processes */
	struct reaped reaped;         /* BOX_ENDED, BOX_STOPPED */
	char text[DETAIL_MAX + 1];    /* BOX_FAILED: "step: error" */
};

/* Runs the box. `control` must be above 2; every other descriptor from 3 on is closed, and 0 to 2 are left alone.
 * Returns only in the process of a program that was started warm: everything is set up, and it has to run.
 * `starter` is the socket for the start of the program, above 2 as well: it comes from outside, since a program can list
 * the sockets of its own network namespace. `forked`, if it is not NULL, is called in that process as soon as it exists. */
void box_main(int control, int starter, const struct box_plan *plan, void (*forked)(void));

#endif
