/*
 * The end of a run's processes: what PID 1 of a namespace kills, and what it reaps.
 */
#ifndef ZUKO_REAP_H
#define ZUKO_REAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What was reaped of one run. */
struct reaped {
	pid_t main_pid;
	bool main_ended;
	int main_status; /* see wait(2) */
	uint64_t cpu_ns, peak_rss_bytes;
	bool is_lost; /* its init ended before it could report: the rest is not known */
};

/* Begins a run whose main process is `main_pid`. */
void reap_begin(struct reaped *reaped, pid_t main_pid);

/* Reaps what has ended, without waiting. */
void reap_ended(struct reaped *reaped);

/* Sends SIGKILL to all processes of the namespace and reaps them, for at most `timeout_ms`. Returns false if some did
 * not die in time. Only PID 1 may call this: from any other process it would kill all processes of the user. */
bool kill_everything(struct reaped *reaped, int timeout_ms);

#endif
