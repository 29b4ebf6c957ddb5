/*
 * Makes the stage on which the tests run zuko-init (tests/harness/supervisor.py): the file systems of a sandbox, and its
 * user. It does what a dozen of commands in a shell would do, in a tenth of their time: hundreds of tests need one.
 *
 *   stage mounts UID COMMAND...       as root of new mount, PID, IPC and network namespaces; then executes COMMAND
 *   stage user UID GID COMMAND...     executes COMMAND with the rights that a program in a sandbox has
 *
 * UID is that of programs; 0: our own, which is root of a user namespace.
 *
 * It reads the environment: BUILD, what is to be at /mnt/bin; TMPFS, the options of a writable place; CGROUP, which to
 * join, and COUNTER, where to make a counter of CPU time that stands still ("": none).
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	if (!value)
		errx(1, "%s is not set", name);
	return value;
}

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "write %s", path);
	close(fd);
}

static void make_mount(const char *kind, const char *path, unsigned long flags, const char *options)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		err(1, "mkdir %s", path);
	if (mount(kind, path, kind, flags, options) < 0)
		err(1, "mount %s", path);
}

static void make_read_only(const char *path)
{
	struct statvfs now;
	if (statvfs(path, &now) < 0)
		return; /* it has gone meanwhile */
	/* In a user namespace none of the flags may be cleared. */
	unsigned long flags = now.f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
	if (now.f_flag & ST_RELATIME)
		flags |= MS_RELATIME;
	if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL) < 0 && errno != ENOENT)
		err(1, "remount %s", path);
}

static bool is_own(const char *path)
{
	return strcmp(path, "/mnt") == 0 || strncmp(path, "/mnt/", 5) == 0 || strcmp(path, "/tmp") == 0 ||
	       strcmp(path, "/dev/shm") == 0;
}

/* Makes read-only what this host has besides (/run/lock, /dev/mqueue) and programs could write to: zuko-init refuses a
 * place that would not be emptied. */
static void protect_others(bool by_root)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	if (!mounts)
		err(1, "/proc/self/mounts");
	for (struct mntent *entry; (entry = getmntent(mounts));) {
		struct stat seen;
		if (is_own(entry->mnt_dir) || stat(entry->mnt_dir, &seen) < 0)
			continue;
		/* Root may write everywhere, and is not who will. */
		if (by_root ? seen.st_mode & 0002 : access(entry->mnt_dir, W_OK) == 0)
			make_read_only(entry->mnt_dir);
	}
	endmntent(mounts);
}

static void make_mounts(bool by_root)
{
	static const char *const places[] = {"/mnt/workspace", "/tmp", "/dev/shm"};
	if (*variable("CGROUP"))
		write_file(variable("CGROUP"), "cgroup.procs", "0");
	if (mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755") < 0 || mkdir("/mnt/bin", 0755) < 0 ||
	    mount(variable("BUILD"), "/mnt/bin", NULL, MS_BIND, NULL) < 0)
		err(1, "mount /mnt/bin");
	make_mount("mqueue", "/mnt/mqueue", 0, NULL);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		make_mount("tmpfs", places[i], MS_NOSUID | MS_NODEV, variable("TMPFS"));
	protect_others(by_root);
	make_read_only("/mnt/bin");
	const char *counter = variable("COUNTER");
	if (*counter && mkdir(counter, 0755) < 0)
		err(1, "mkdir %s", counter);
	if (*counter)
		write_file(counter, "cpu.stat", "usage_usec 1\n");
}

/* As prlimit(1) and setpriv(1) do it. Without root, zuko-init stays root of a user namespace, without any capability. */
static void become(uid_t uid, gid_t gid)
{
	const struct rlimit processes = {100, 100}, core = {0, 0};
	if (setrlimit(RLIMIT_NPROC, &processes) < 0 || setrlimit(RLIMIT_CORE, &core) < 0)
		err(1, "setrlimit");
	if (uid == 0) {
		make_read_only("/mnt"); /* it is the user's own here, and on no list */
		for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++)
			;
	} else if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0) {
		err(1, "become %u", uid);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		err(1, "no_new_privs");
}

int main(int argc, char **argv)
{
	char **command = NULL;
	if (argc > 3 && strcmp(argv[1], "mounts") == 0) {
		make_mounts(atol(argv[2]) != 0);
		command = argv + 3;
	} else if (argc > 4 && strcmp(argv[1], "user") == 0) {
		become((uid_t)atol(argv[2]), (gid_t)atol(argv[3]));
		command = argv + 4;
	} else {
		errx(1, "no such command, or too few arguments");
	}
	execvp(command[0], command);
	err(1, "%s", command[0]);
}
