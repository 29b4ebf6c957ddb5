/*
 * Counters of the container's own cgroup (v1 or v2), read through its read-only mount.
 * Where no cgroup is visible (gVisor), CPU time is the rusage of all reaped processes.
 */
#ifndef ZUKO_ACCOUNT_H
#define ZUKO_ACCOUNT_H

#include <stdint.h>

#include "protocol.h"

struct account {
	int cpu_fd;    /* cpuacct.usage (v1, ns) or cpu.stat (v2, usage_usec); -1: none */
	int memory_fd; /* memory.oom_control (v1) or memory.events (v2); -1: none */
	int usage_fd;  /* memory.usage_in_bytes (v1) or memory.current (v2); -1: none */
	int stat_fd;   /* memory.stat; -1: none */
	int kept_off_fd; /* cpu.stat, if the container is only kept off its core while the host lends that; -1: none */
	uint64_t period_ns; /* in which its share of the core is counted */
	enum cpu_source source;
};

/* Opens the counters below `root` (/sys/fs/cgroup). Never fails: a counter that does not exist is -1. */
struct account account_open(const char *root);

/* Returns the CPU time of the whole cgroup so far, in ns; UNKNOWN_U64 if it cannot be read. */
uint64_t account_cpu_ns(const struct account *account);

/* How the kernel has kept the container off its core so far, because its share of that was used up: the host lends the
 * core of a program that sleeps to others, and leaves it a small share. All 0 where the container always has a small
 * share, or several cores: then that is nothing special. */
struct kept_off {
	uint64_t ns;
	uint64_t periods; /* in which that happened */
};
struct kept_off account_kept_off(const struct account *account);

/* Returns the time, in ns, that the container has waited for its core since then. Periods count whole: in the rest of
 * such a period it waited for those that have the core. */
uint64_t account_kept_off_ns(const struct account *account, struct kept_off since);

/* Returns the memory, in bytes, that the cgroup holds: everything except copies of files of a disk, which cost nothing
 * to take back. It includes what no process has any more, such as data in a connection or names that the kernel
 * remembers. UNKNOWN_U64 if it cannot be read. `enough`: a result that is not above it may be too high. */
uint64_t account_held_bytes(const struct account *account, uint64_t enough);

/* Returns the number of OOM kills in the cgroup so far; UNKNOWN_U64 if it cannot be read. */
uint64_t account_oom_kills(const struct account *account);

#endif
