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
	enum cpu_source source;
};

/* Opens the counters below `root` (/sys/fs/cgroup). Never fails: a counter that does not exist is -1. */
struct account account_open(const char *root);

/* Returns the CPU time of the whole cgroup so far, in ns; UNKNOWN_U64 if it cannot be read. */
uint64_t account_cpu_ns(const struct account *account);

/* Returns the memory, in bytes, that the cgroup holds: everything except copies of files of a disk, which cost nothing
 * to take back. It includes what no process has any more, such as data in a connection or names that the kernel
 * remembers. UNKNOWN_U64 if it cannot be read. `enough`: a result that is not above it may be too high. */
uint64_t account_held_bytes(const struct account *account, uint64_t enough);

/* Returns the number of OOM kills in the cgroup so far; UNKNOWN_U64 if it cannot be read. */
uint64_t account_oom_kills(const struct account *account);

#endif
