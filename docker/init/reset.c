#include "reset.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dirent64.h"
#include "leftovers.h"
#include "mounts.h"
#include "reap.h"

/* Emptying has a budget of CPU time, so that a busy host does not cost a sandbox. Wall time is limited too, because
 * requests wait for the sandbox. */
#define WALL_PER_CPU 5
static long cpu_deadline, wall_deadline; /* ms */

static long clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static bool is_too_late(void)
{
	return clock_ms(CLOCK_PROCESS_CPUTIME_ID) > cpu_deadline || now_ms() > wall_deadline;
}

/* Calls `visit` for each entry of `dir`; it may remove the entry. Returns true if there was any. */
static bool each_entry(int dir, void (*visit)(int dir, const char *name, int into), int into)
{
	_Alignas(struct linux_dirent64) char buffer[8192];
	bool any = false;
	lseek(dir, 0, SEEK_SET);
	for (;;) {
		long size = syscall(SYS_getdents64, dir, buffer, sizeof buffer);
		if (size <= 0)
			return any;
		for (long at = 0; at < size;) {
			struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + at);
			at += entry->d_reclen;
			if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
				continue;
			any = true;
			if (visit)
				visit(dir, entry->d_name, into);
		}
	}
}

/* Restores the rights that the program may have removed: opening a directory needs them, and so does moving one, which
 * writes its "..". If this fails, the next step fails too, and the audit reports it. */
static void unlock(int dir, const char *name)
{
	if (fchmodat(dir, name, 0700, 0) < 0)
		return;
}

static bool progress; /* something was removed or moved since this was last false */

static bool remove_entry(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) < 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		return false;
	progress = true;
	return true;
}

/* Removes a file or an empty directory. Moves any other directory to the top under a new name, where a later step
 * empties it. So a tree of 8,000 levels needs neither recursion nor a descriptor for each level. */
static void lift_or_unlink(int dir, const char *name, int top)
{
	static unsigned long serial;
	char fresh[32];
	if (remove_entry(dir, name))
		return;
	unlock(dir, name);
	snprintf(fresh, sizeof fresh, ".zuko-%lu", serial++);
	if (renameat(dir, name, top, fresh) == 0)
		progress = true;
}

static void empty_entry(int top, const char *name, int unused)
{
	(void)unused;
	if (is_too_late() || remove_entry(top, name))
		return;
	unlock(top, name);
	int dir = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return;
	each_entry(dir, lift_or_unlink, top);
	close(dir);
	remove_entry(top, name);
}

static bool empty_directory(int top)
{
	/* Each step removes an entry or moves it nearer to the top, so this ends. A pass without progress is possible: the
	 * program itself may have used all the new names. Each belongs to one entry at the top, so the next pass succeeds. */
	for (int in_vain = 0; in_vain < 2 && !is_too_late(); in_vain = progress ? 0 : in_vain + 1) {
		progress = false;
		if (!each_entry(top, empty_entry, top))
			break;
	}
	bool left = each_entry(top, NULL, 0);
	/* The directory's times would show when the last program was here. As we do not own it, we can only set the current
	 * time. */
	utimensat(top, "", NULL, AT_EMPTY_PATH);
	return !left;
}

static bool others_exist;

static void see_process(int dir, const char *name, int unused)
{
	(void)dir;
	(void)unused;
	if (isdigit((unsigned char)*name) && strcmp(name, "1") != 0)
		others_exist = true;
}

static bool alone(void)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return false;
	others_exist = false;
	each_entry(proc, see_process, 0);
	close(proc);
	return !others_exist;
}

/* A unix socket can outlive its processes: sent to itself in a message that is never received (SCM_RIGHTS), it stays
 * until the kernel collects such cycles, and /proc/net/unix shows its name to every program. The count in sockstat also
 * includes sockets that were closed a moment ago, so if it is not 0, /proc/net/unix decides: a heading, then one line
 * for each socket. */
static bool no_unix_sockets(void)
{
	char text[1024];
	if (leftovers_count_none("/proc/net/sockstat", "sockets:", " used "))
		return true;
	int fd = open("/proc/net/unix", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	ssize_t size = read(fd, text, sizeof text - 1);
	close(fd);
	text[size > 0 ? size : 0] = '\0';
	char *end = strchr(text, '\n');
	return !end || !end[1];
}

/* A closed connection stays in TIME_WAIT for a minute and occupies its port: the next program could read it in
 * /proc/net/tcp, and could not bind the port. We read the counts of the namespace and not that file, which takes
 * milliseconds: the kernel searches the table of the whole machine for it. */
static bool no_connections(void)
{
	return leftovers_count_none("/proc/net/sockstat", "TCP:", " inuse ") &&
	       leftovers_count_none("/proc/net/sockstat", "TCP:", " tw ") &&
	       leftovers_count_none("/proc/net/sockstat6", "TCP6:", " inuse ");
}

static int io_priority(void)
{
	return (int)syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, 0);
}

static void note_self(struct baseline *baseline)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		getrlimit((__rlimit_resource_t)i, &baseline->limits[i]);
	baseline->priority = getpriority(PRIO_PROCESS, 0);
	baseline->policy = sched_getscheduler(0);
	baseline->io_priority = io_priority();
	CPU_ZERO(&baseline->affinity);
	sched_getaffinity(0, sizeof baseline->affinity, &baseline->affinity);
}

const char *baseline_take(struct baseline *baseline, const char *const *paths, int count)
{
	memset(baseline, 0, sizeof *baseline); /* whole structs are compared */
	for (int given = 0; given < count; given++) {
		struct statvfs room;
		int i = baseline->count;
		baseline->paths[i] = paths[given];
		baseline->fds[i] = open(paths[given], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* Some runtimes do not have all of them (gVisor: no /dev/mqueue), and no program can create one. */
		if (baseline->fds[i] < 0 && errno == ENOENT)
			continue;
		if (baseline->fds[i] < 0)
			return "a writable place cannot be opened";
		baseline->count++;
		if (fstatvfs(baseline->fds[i], &room) < 0)
			return "a writable place cannot be measured";
		baseline->free_blocks[i] = room.f_bfree;
		baseline->free_inodes[i] = room.f_ffree;
	}
	note_self(baseline);
	mounts_touch(); /* the time of access of a directory may be set by the first listing only (relatime) */
	return NULL;
}

static const char *audit(const struct baseline *baseline)
{
	static struct baseline seen;
	memset(&seen, 0, sizeof seen);
	note_self(&seen);
	if (!alone())
		return "a process is left";
	if (!no_unix_sockets())
		return "a socket is left";
	if (!no_connections())
		return "a connection is left";
	for (int i = 0; i < baseline->count; i++) {
		struct statvfs room;
		if (fstatvfs(baseline->fds[i], &room) < 0)
			return "a writable place cannot be measured";
		/* This also finds deleted files that are still open somewhere. */
		if (room.f_bfree != baseline->free_blocks[i] || room.f_ffree != baseline->free_inodes[i])
			return "a writable place is not empty";
	}
	if (memcmp(seen.limits, baseline->limits, sizeof seen.limits) != 0)
		return "the supervisor's limits have changed";
	if (seen.priority != baseline->priority || seen.policy != baseline->policy ||
	    seen.io_priority != baseline->io_priority)
		return "the supervisor's priority has changed";
	if (!CPU_EQUAL(&seen.affinity, &baseline->affinity))
		return "the supervisor's cores have changed";
	return NULL;
}

const char *reset_and_audit(const struct baseline *baseline, int budget_ms)
{
	struct reaped leftovers;
	reap_begin(&leftovers, 0);
	if (!kill_everything(&leftovers, 2000))
		return "a process did not die";
	cpu_deadline = clock_ms(CLOCK_PROCESS_CPUTIME_ID) + budget_ms;
	wall_deadline = now_ms() + (long)budget_ms * WALL_PER_CPU;
	for (int i = 0; i < baseline->count; i++)
		if (!empty_directory(baseline->fds[i]))
			return "a writable place cannot be emptied";
	if (!leftovers_remove_sysv(is_too_late))
		return "an IPC object cannot be removed";
	mounts_touch();
	return audit(baseline);
}
