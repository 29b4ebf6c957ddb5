#include "reap.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void reap_begin(struct reaped *reaped, pid_t main_pid)
{
	/* The status is that of a process that cannot be reaped; never that of the run before. */
	*reaped = (struct reaped){.main_pid = main_pid, .main_status = SIGKILL};
}

static void add(struct reaped *reaped, pid_t pid, int status, const struct rusage *usage)
{
	uint64_t rss = (uint64_t)usage->ru_maxrss * 1024;
	uint64_t us = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000ull +
		      (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
	reaped->cpu_ns += us * 1000;
	if (rss > reaped->peak_rss_bytes)
		reaped->peak_rss_bytes = rss;
	if (pid == reaped->main_pid) {
		reaped->main_ended = true;
		reaped->main_status = status;
	}
}

/* Returns what wait4(2) returns. */
static pid_t reap_one(struct reaped *reaped)
{
	int status;
	struct rusage usage;
	pid_t pid = wait4(-1, &status, WNOHANG, &usage);
	if (pid > 0)
		add(reaped, pid, status, &usage);
	return pid;
}

void reap_ended(struct reaped *reaped)
{
	while (reap_one(reaped) > 0)
		;
}

static long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool kill_everything(struct reaped *reaped, int timeout_ms)
{
	long deadline = now_ms() + timeout_ms;
	if (getpid() != 1)
		return false;
	kill(-1, SIGKILL); /* one call for all: no race with a fork bomb, because the kernel locks the task list */
	for (;;) {
		pid_t pid = reap_one(reaped);
		if (pid > 0)
			continue;
		if (pid < 0 && errno == ECHILD)
			return true;
		if (now_ms() >= deadline)
			return false;
		/* Repeated, because kill(2) may miss a process that is in vfork or is being created. */
		kill(-1, SIGKILL);
		nanosleep(&(struct timespec){.tv_nsec = 50 * 1000}, NULL);
	}
}
