#include "input_end.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "dirent64.h"
#include "protocol.h"

#define MS 1000000ull
#define LOOK_NS MS             /* between two looks, at first */
#define LOOK_MAX_NS (50 * MS)
#define IDLE_NS (20 * MS)      /* a program that computes nothing for so long waits for something */
#define IDLE_CPU_NS (MS / 2)   /* what may be charged to it in that time all the same */
#define PATIENCE_NS (1000 * MS) /* of CPU time, with a program that has read all and never waits: it looks again and again */
#define PF_EXITING 4           /* include/linux/sched.h */

static struct {
	enum input_end_kind asked, heard;
	uint64_t asked_ns, next_ns;
	uint64_t read_all_cpu_ns; /* its CPU time when it was first seen to have read all; UNKNOWN_U64: it has not */
	uint64_t idle_since_ns, idle_cpu_ns; /* the last time when it was seen to compute, and its CPU time then */
} end;

void input_end_begin(void)
{
	end.asked = end.heard = INPUT_GOES_ON;
	end.next_ns = end.read_all_cpu_ns = UNKNOWN_U64;
	end.idle_since_ns = 0;
}

void input_end_ask(enum input_end_kind kind, uint64_t now)
{
	if (end.asked == INPUT_GOES_ON)
		end.asked_ns = end.next_ns = now;
	if (end.heard == INPUT_GOES_ON)
		end.asked = kind;
}

enum input_end_kind input_end_heard(void)
{
	return end.heard;
}

uint64_t input_end_next_ns(void)
{
	return end.next_ns;
}

/* Reads the beginning of a file of /proc. */
static size_t read_text(const char *path, char *into, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, into, size - 1);
	if (fd >= 0)
		close(fd);
	into[got > 0 ? got : 0] = '\0';
	return got > 0 ? (size_t)got : 0;
}

bool input_end_is_exiting(pid_t pid)
{
	char path[64], text[512];
	if (pid < 0)
		return false;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	if (read_text(path, text, sizeof text) == 0)
		return true;
	/* pid (name) state ppid pgrp session tty tpgid flags */
	char *at = strrchr(text, ')');
	if (!at)
		return true;
	char state = 0;
	unsigned flags = 0;
	if (sscanf(at + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
		return true;
	return state == 'Z' || state == 'X' || flags & PF_EXITING;
}

enum doing { READS, SLEEPS, RUNS, OTHER };

/* Returns what a thread does, by its directory. One that runs may wait for a core, or for a page of its program. */
static enum doing doing(const char *directory)
{
	char path[96], text[256], *end_of_number;
	snprintf(path, sizeof path, "%s/stat", directory);
	read_text(path, text, sizeof text);
	const char *state = strrchr(text, ')');
	if (state && (strncmp(state, ") R", 3) == 0 || strncmp(state, ") D", 3) == 0))
		return RUNS;
	snprintf(path, sizeof path, "%s/syscall", directory);
	if (read_text(path, text, sizeof text) == 0)
		return OTHER;
	if (strncmp(text, "running", 7) == 0)
		return RUNS;
	long call = strtol(text, &end_of_number, 10);
	unsigned long argument = strtoul(end_of_number, NULL, 16);
	if ((call == SYS_read || call == SYS_readv) && argument == STDIN_FILENO)
		return READS;
	if (call == SYS_clock_nanosleep || call == SYS_nanosleep)
		return SLEEPS;
#ifdef SYS_select
	if (call == SYS_select && argument == 0)
		return SLEEPS;
#endif
	return call == SYS_pselect6 && argument == 0 ? SLEEPS : OTHER;
}

static bool is_number(const char *name)
{
	return *name >= '0' && *name <= '9';
}

/* Calls `visit` for each numbered entry of a directory, until it returns true. */
static bool any_number(const char *path, bool (*visit)(const char *path, const char *number))
{
	_Alignas(struct linux_dirent64) char buffer[2048];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool found = false;
	for (long size; fd >= 0 && !found && (size = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0;)
		for (long at = 0; at < size && !found;) {
			const struct linux_dirent64 *entry = (const struct linux_dirent64 *)(buffer + at);
			at += entry->d_reclen;
			found = is_number(entry->d_name) && visit(path, entry->d_name);
		}
	if (fd >= 0)
		close(fd);
	return found;
}

static bool sleeps_count; /* a thread that sleeps for some time is busy, too */

static bool is_busy_thread(const char *tasks, const char *number)
{
	char directory[80];
	snprintf(directory, sizeof directory, "%s/%.20s", tasks, number);
	enum doing what = doing(directory);
	return what == RUNS || (what == SLEEPS && sleeps_count);
}

static bool is_busy_process(const char *path, const char *number)
{
	char tasks[64];
	if (atoi(number) == getpid())
		return false;
	snprintf(tasks, sizeof tasks, "%s/%.20s/task", path, number);
	return any_number(tasks, is_busy_thread);
}

bool input_end_anything_runs(void)
{
	sleeps_count = false;
	return any_number("/proc", is_busy_process);
}

/* Returns true if a thread of any process but ours has something to do, or sleeps for some time. On a busy host it may be
 * for long that it gets no core, and uses no CPU time. */
static bool is_anything_busy(void)
{
	sleeps_count = true;
	return any_number("/proc", is_busy_process);
}

static uint64_t longest_ns; /* without a core, of a thread */

static bool is_longest(const char *tasks, const char *number)
{
	char path[96], text[96];
	unsigned long long without_ns;
	snprintf(path, sizeof path, "%s/%.20s/schedstat", tasks, number);
	read_text(path, text, sizeof text);
	/* time on a core, time in the queue for one, turns: Documentation/scheduler/sched-stats.rst */
	if (sscanf(text, "%*u %llu", &without_ns) == 1 && without_ns > longest_ns)
		longest_ns = without_ns;
	return false;
}

uint64_t input_end_without_core_ns(pid_t pid)
{
	char tasks[64];
	longest_ns = 0;
	snprintf(tasks, sizeof tasks, "/proc/%d/task", pid);
	any_number(tasks, is_longest);
	return longest_ns;
}

bool input_end_program_waits(int pipe, pid_t main_pid, uint64_t cpu, uint64_t now)
{
	char directory[64];
	snprintf(directory, sizeof directory, "/proc/%d", main_pid);
	enum doing what = descriptors_unread(pipe) > 0 ? RUNS : main_pid > 0 ? doing(directory) : OTHER;
	if (what == READS)
		return true;
	if (what == OTHER && is_anything_busy())
		what = RUNS;
	if (what != OTHER || cpu == UNKNOWN_U64 || end.idle_since_ns == 0 || cpu > end.idle_cpu_ns + IDLE_CPU_NS) {
		end.idle_since_ns = now;
		end.idle_cpu_ns = cpu;
		return false;
	}
	return now - end.idle_since_ns >= IDLE_NS;
}

bool input_end_is_due(int pipe, pid_t main_pid, uint64_t cpu, uint64_t now)
{
	if (end.asked == INPUT_GOES_ON || end.heard != INPUT_GOES_ON || now < end.next_ns)
		return false;
	if (descriptors_unread(pipe) > 0)
		end.read_all_cpu_ns = UNKNOWN_U64;
	else if (end.read_all_cpu_ns == UNKNOWN_U64)
		end.read_all_cpu_ns = cpu;
	bool is_impatient = cpu != UNKNOWN_U64 && end.read_all_cpu_ns != UNKNOWN_U64 && cpu > end.read_all_cpu_ns + PATIENCE_NS;
	if (!input_end_program_waits(pipe, main_pid, cpu, now) && !is_impatient) {
		uint64_t pause = (now - end.asked_ns) / 8;
		end.next_ns = now + (pause < LOOK_NS ? LOOK_NS : pause > LOOK_MAX_NS ? LOOK_MAX_NS : pause);
		return false;
	}
	end.heard = end.asked;
	end.next_ns = UINT64_MAX;
	return true;
}
