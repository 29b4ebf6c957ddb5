#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_below(const char *root, const char *path)
{
	char full[PATH_MAX];
	int length = snprintf(full, sizeof full, "%s/%s", root, path);
	if (length < 0 || (size_t)length >= sizeof full)
		return -1;
	return open(full, O_RDONLY | O_CLOEXEC);
}

#define COUNTERS_MAX 4096 /* bytes of a file of counters, as far as it is needed */

/* Reads a file of counters, "" if it cannot be read. It stays open: pread(2) is one system call, and the kernel generates
 * the content again for each read at offset 0. Numbers that belong together are taken from one reading. */
static void read_counters(int fd, char text[COUNTERS_MAX])
{
	ssize_t size = fd < 0 ? -1 : pread(fd, text, COUNTERS_MAX - 1, 0);
	text[size > 0 ? size : 0] = '\0';
}

/* Returns the decimal after `key` at the start of a line; with key "", at the start of the file. */
static uint64_t find_number(const char *text, const char *key)
{
	size_t key_length = strlen(key);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, key, key_length) != 0)
			continue;
		const char *digit = line + key_length;
		if (*digit < '0' || *digit > '9')
			return UNKNOWN_U64;
		uint64_t value = 0;
		for (; *digit >= '0' && *digit <= '9'; digit++) {
			if (value > (UINT64_MAX - 9) / 10)
				return UNKNOWN_U64;
			value = value * 10 + (uint64_t)(*digit - '0');
		}
		return value;
	}
	return UNKNOWN_U64;
}

static uint64_t read_number(int fd, const char *key)
{
	char text[COUNTERS_MAX];
	read_counters(fd, text);
	return find_number(text, key);
}

/* Returns the number in a file of the directory that has the container's share of its cores; UNKNOWN_U64: none. */
static uint64_t read_share(const char *root, const char *directory, const char *name)
{
	char path[64];
	snprintf(path, sizeof path, "%s%s", directory, name);
	int fd = open_below(root, path);
	uint64_t number = read_number(fd, "");
	if (fd >= 0)
		close(fd);
	return number;
}

/* Returns true if the container has one core, and all of it: it is then never kept off unless the host lends the core. */
static bool has_whole_core(uint64_t quota, uint64_t period)
{
	cpu_set_t cores;
	return sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) == 1 && quota != UNKNOWN_U64 &&
	       period != UNKNOWN_U64 && quota >= period;
}

static int open_kept_off_v1(const char *root, uint64_t *period_ns)
{
	static const char *const v1_share[] = {"cpu/", "cpu,cpuacct/", "cpuacct,cpu/"};
	char path[64];
	for (size_t i = 0; i < sizeof v1_share / sizeof *v1_share; i++) {
		uint64_t quota = read_share(root, v1_share[i], "cpu.cfs_quota_us");
		uint64_t period = read_share(root, v1_share[i], "cpu.cfs_period_us");
		if (!has_whole_core(quota, period))
			continue;
		*period_ns = period * 1000;
		snprintf(path, sizeof path, "%scpu.stat", v1_share[i]);
		return open_below(root, path);
	}
	return -1;
}

static int open_kept_off_v2(const char *root, uint64_t *period_ns)
{
	char text[64];
	unsigned long long quota, period;
	int fd = open_below(root, "cpu.max");
	ssize_t size = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);
	if (fd >= 0)
		close(fd);
	text[size > 0 ? size : 0] = '\0';
	if (sscanf(text, "%llu %llu", &quota, &period) != 2 || !has_whole_core(quota, period))
		return -1;
	*period_ns = period * 1000;
	return open_below(root, "cpu.stat");
}

struct account account_open(const char *root)
{
	struct account account = {
		.cpu_fd = -1, .memory_fd = -1, .usage_fd = -1, .stat_fd = -1, .kept_off_fd = -1, .period_ns = 1,
		.source = CPU_RUSAGE};

	/* v2 first: on a hybrid host the v2 tree has no cpu.stat with the container's usage at this place. */
	account.cpu_fd = open_below(root, "cpu.stat");
	if (read_number(account.cpu_fd, "usage_usec ") != UNKNOWN_U64) {
		account.source = CPU_CGROUP_V2;
		account.memory_fd = open_below(root, "memory.events");
		account.usage_fd = open_below(root, "memory.current");
		account.stat_fd = open_below(root, "memory.stat");
		account.kept_off_fd = open_kept_off_v2(root, &account.period_ns);
		return account;
	}
	if (account.cpu_fd >= 0)
		close(account.cpu_fd);
	account.cpu_fd = -1;

	/* Distributions name the mount point differently. */
	static const char *const v1_cpu[] = {
		"cpuacct/cpuacct.usage", "cpu,cpuacct/cpuacct.usage", "cpuacct,cpu/cpuacct.usage",
	};
	for (size_t i = 0; i < sizeof v1_cpu / sizeof *v1_cpu && account.cpu_fd < 0; i++)
		account.cpu_fd = open_below(root, v1_cpu[i]);
	/* gVisor shows a v1 tree with counters that stay at 0. Our own start has already used CPU time. */
	uint64_t used = read_number(account.cpu_fd, "");
	if (used != UNKNOWN_U64 && used > 0) {
		account.source = CPU_CGROUP_V1;
		account.memory_fd = open_below(root, "memory/memory.oom_control");
		account.usage_fd = open_below(root, "memory/memory.usage_in_bytes");
		account.stat_fd = open_below(root, "memory/memory.stat");
		account.kept_off_fd = open_kept_off_v1(root, &account.period_ns);
	} else if (account.cpu_fd >= 0) {
		close(account.cpu_fd);
		account.cpu_fd = -1;
	}
	return account;
}

uint64_t account_cpu_ns(const struct account *account)
{
	switch (account->source) {
	case CPU_CGROUP_V1:
		return read_number(account->cpu_fd, "");
	case CPU_CGROUP_V2: {
		uint64_t usec = read_number(account->cpu_fd, "usage_usec ");
		return usec > UINT64_MAX / 1000 ? UNKNOWN_U64 : usec * 1000;
	}
	case CPU_RUSAGE:
		break;
	}
	return UNKNOWN_U64;
}

struct kept_off account_kept_off(const struct account *account)
{
	bool is_v2 = account->source == CPU_CGROUP_V2;
	char text[COUNTERS_MAX];
	read_counters(account->kept_off_fd, text);
	uint64_t time = find_number(text, is_v2 ? "throttled_usec " : "throttled_time ");
	uint64_t periods = find_number(text, "nr_throttled ");
	if (time > UINT64_MAX / 1000 || periods > UINT64_MAX / account->period_ns)
		return (struct kept_off){0};
	return (struct kept_off){.ns = is_v2 ? time * 1000 : time, .periods = periods};
}

uint64_t account_kept_off_ns(const struct account *account, struct kept_off since)
{
	struct kept_off now = account_kept_off(account);
	if (now.ns <= since.ns || now.periods <= since.periods)
		return 0;
	uint64_t time = now.ns - since.ns, whole = (now.periods - since.periods) * account->period_ns;
	/* A core that is not lent may come to the end of its share, too, for a moment. */
	return time > whole / 2 && time < whole ? whole : time;
}

uint64_t account_held_bytes(const struct account *account, uint64_t enough)
{
	uint64_t used = read_number(account->usage_fd, "");
	if (used == UNKNOWN_U64 || used <= enough)
		return used;
	char text[COUNTERS_MAX];
	read_counters(account->stat_fd, text);
	uint64_t inactive = find_number(text, "inactive_file ");
	uint64_t active = find_number(text, "active_file ");
	if (inactive == UNKNOWN_U64 || active == UNKNOWN_U64)
		return UNKNOWN_U64;
	return used > inactive + active ? used - inactive - active : 0;
}

uint64_t account_oom_kills(const struct account *account)
{
	return read_number(account->memory_fd, "oom_kill ");
}
