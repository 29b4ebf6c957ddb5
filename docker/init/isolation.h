/*
 * What keeps a run apart from the next one: namespaces of its own (boxes.c), or emptying the container (direct.c).
 *
 *   open ──> start ──> event_fd readable: has_ended? ──> stop ──> make_ready ──> (the answer is sent) ──> after_answer
 *
 * run.c drives one run through these in this order.
 */
#ifndef ZUKO_ISOLATION_H
#define ZUKO_ISOLATION_H

#include <stdbool.h>
#include <stdint.h>

#include "launch.h"
#include "reap.h"

/* Where the next run takes place. */
struct place {
	int workspace_fd; /* the directory of its files */
	int notify_fd;    /* announces forbidden calls; -1: the filter kills instead */
	int event_fd;     /* readable when its main process may have ended */
	int ruleset_fd;   /* Landlock ruleset for the program; -1: none, or the place applies its own */
};

struct isolation {
	/* Returns the place of the next run, clean. Ends zuko-init if there can be none. */
	const struct place *(*open)(void);
	/* Starts the program. */
	void (*start)(const struct launch *launch);
	/* Returns true once the main process has ended. Does not wait. */
	bool (*has_ended)(void);
	/* Returns the pid of the main process, as it is outside of the place; -1: it is not known. */
	pid_t (*main_pid)(void);
	/* Sends a signal to the main process. Returns false if it is gone. */
	bool (*send_signal)(int signal);
	/* Ends every process of the run and reports what was reaped. Returns false if one did not die in time. */
	bool (*stop)(int timeout_ms, struct reaped *reaped);
	/* Returns the CPU time, in ns, of our own processes that the cgroup counts during a run. */
	uint64_t (*own_cpu_ns)(void);
	/* Returns the CPU time, in ns, of the run's processes as far as it is known without a cgroup. */
	uint64_t (*known_cpu_ns)(void);
	/* Makes the sandbox ready for another run, before the answer. Returns NULL, or why it cannot be. */
	const char *(*make_ready)(void);
	/* The rest of it, after the answer: the host does not wait for this. */
	void (*after_answer)(void);
};

#endif
