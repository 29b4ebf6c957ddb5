/*
 * Empties a used sandbox and checks that it is as good as new.
 */
#ifndef ZUKO_RESET_H
#define ZUKO_RESET_H

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>

#define WRITABLE_MAX 8

struct baseline {
	int count;
	const char *paths[WRITABLE_MAX]; /* all writable places of the container */
	int fds[WRITABLE_MAX];
	uint64_t free_blocks[WRITABLE_MAX], free_inodes[WRITABLE_MAX];
	struct rlimit limits[RLIM_NLIMITS];
	int priority, policy, io_priority;
	cpu_set_t affinity;
};

/* Opens the writable places and records the state of a fresh sandbox. Returns NULL, or the problem. */
const char *baseline_take(struct baseline *baseline, const char *const *paths, int count);

/* Kills and reaps all processes, empties all writable places, removes all IPC objects and compares with the baseline.
 * Returns NULL, or the difference: the sandbox must not be used again. Emptying may use `budget_ms` of CPU time. */
const char *reset_and_audit(const struct baseline *baseline, int budget_ms);

#endif
