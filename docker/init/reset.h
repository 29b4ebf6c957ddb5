/*
 * Making a used sandbox as good as new, and proving it, or saying that it cannot be done.
 */
#ifndef ZUKO_RESET_H
#define ZUKO_RESET_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#define WRITABLE_MAX 8

struct baseline {
	int count;
	const char *paths[WRITABLE_MAX]; /* every writable place of the container */
	int fds[WRITABLE_MAX];
	uint64_t free_blocks[WRITABLE_MAX], free_inodes[WRITABLE_MAX];
	struct rlimit limits[RLIM_NLIMITS];
	int priority, policy, io_priority;
	cpu_set_t affinity;
};

/* Opens the places and notes how a fresh sandbox looks. NULL, or what is wrong. */
const char *baseline_take(struct baseline *baseline, const char *const *paths, int count);

/* Kills and reaps everything, empties every writable place and every IPC object, then compares with the
 * baseline. NULL, or the difference: the sandbox must not be used again. Emptying may take `budget_ms`. */
const char *reset_and_audit(const struct baseline *baseline, int budget_ms);

/* SIGKILL to every process of the namespace and wait for them, at most `timeout_ms`. `reaped` is told of each
 * (it may be NULL). False: some did not die in time. Only PID 1 may call this: anywhere else it would mean
 * every process of the user. */
bool kill_everything(int timeout_ms, void (*reaped)(int pid, int status, const struct rusage *usage));

#endif
