/*
 * Commands of probe.c that leave something for the next program, and the one that looks for it.
 */
#include "probe.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------- what is left for the next one */

static void make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0);
	if (fd < 0)
		err(FAILED, "%s", name);
	close(fd);
}

/* Makes nested directories with a file in each, `top` and what is below it, in the current directory. Returns a descriptor
 * of the lowest. */
static int make_levels(const char *top, long levels)
{
	int dir = open(".", O_RDONLY | O_DIRECTORY);
	for (long level = 0; level < levels; level++) {
		const char *name = level == 0 ? top : "deeper";
		int inner, file;
		if (mkdirat(dir, name, 0700) < 0 || (inner = openat(dir, name, O_RDONLY | O_DIRECTORY)) < 0 ||
		    (file = openat(inner, "file", O_WRONLY | O_CREAT, 0)) < 0)
			err(FAILED, "%s", name);
		if (level > 1 && fchmod(dir, 0) < 0) /* the first has yet to be moved, which writes its ".." */
			err(FAILED, "chmod");
		close(file);
		close(dir);
		dir = inner;
	}
	return dir;
}

/* deep DIR LEVELS: makes nested directories with a file in each, without any permissions. Each hundred of them is put on
 * top of what is there: making them from the top downwards takes seconds, because Landlock walks up for each file. */
static int do_deep(char **arg)
{
	if (chdir(arg[0]) < 0)
		err(FAILED, "%s", arg[0]);
	for (long left = atol(arg[1]); left > 0; left -= 100) {
		int lowest = make_levels("top", left < 100 ? left : 100);
		if (renameat(AT_FDCWD, "deeper", lowest, "deeper") == 0) {
			if (fchmodat(lowest, "deeper", 0, 0) < 0)
				err(FAILED, "chmod");
		} else if (errno != ENOENT) {
			err(FAILED, "rename");
		}
		if (fchmod(lowest, 0) < 0 || rename("top", "deeper") < 0)
			err(FAILED, "top");
		close(lowest);
	}
	return chmod("deeper", 0) < 0 ? FAILED : 0;
}

/* many DIR COUNT: makes files and directories, some with names that a reset uses */
static int do_many(char **arg)
{
	if (chdir(arg[0]) < 0)
		err(FAILED, "%s", arg[0]);
	for (long i = 0; i < atol(arg[1]); i++) {
		char name[64], inner[128];
		snprintf(name, sizeof name, "%s%ld", i % 2 ? ".zuko-" : "\xff\n ", i);
		if (i % 4 < 2) {
			make_file(name);
			continue;
		}
		snprintf(inner, sizeof inner, "%s/inner", name);
		if (mkdir(name, 0700) < 0 || mkdir(inner, 0) < 0 || chmod(name, 0) < 0)
			err(FAILED, "%s", name);
	}
	return 0;
}

/* full DIR: writes until no space and no inode is left */
static int do_full(char **arg)
{
	char path[4096], block[65536] = {1};
	snprintf(path, sizeof path, "%s/full", arg[0]);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		err(FAILED, "%s", path);
	while (write(fd, block, sizeof block) > 0)
		;
	report("full", -1);
	for (long i = 0;; i++) {
		snprintf(path, sizeof path, "%s/%ld", arg[0], i);
		fd = open(path, O_WRONLY | O_CREAT, 0600);
		if (fd < 0)
			break;
		close(fd);
	}
	report("no_inodes", -1);
	return 0;
}

/* odd DIR: makes one file of every kind */
static int do_odd(char **arg)
{
	if (chdir(arg[0]) < 0 || mkfifo("fifo", 0) < 0 || symlink("/", "link") < 0 || symlink("loop", "loop") < 0 ||
	    symlink(".", "here") < 0)
		err(FAILED, "%s", arg[0]);
	make_file("hard");
	if (link("hard", "link2") < 0)
		err(FAILED, "link2");
	if (mknod("socket", S_IFSOCK | 0600, 0) < 0)
		err(FAILED, "socket");
	if (mkdir("sticky", 01700) < 0 || mkdir("sticky/dir", 0) < 0)
		err(FAILED, "sticky");
	/* deleted, and open */
	int fd = open("gone", O_RDWR | O_CREAT, 0600);
	if (fd < 0 || unlink("gone") < 0)
		err(FAILED, "gone");
	fill(fd, 1 << 20);
	return 0;
}

/* ipc COUNT: makes SysV and POSIX objects */
static int do_ipc(char **arg)
{
	for (int i = 0; i < atoi(arg[0]); i++) {
		int shm = shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0);
		if (shm < 0 || semget(IPC_PRIVATE, 1, IPC_CREAT | 0) < 0 || msgget(IPC_PRIVATE, IPC_CREAT | 0) < 0)
			err(FAILED, "SysV");
	}
	int attached = shmget(0x5a554b4f, 8192, IPC_CREAT | 0600);
	if (attached < 0 || shmat(attached, NULL, 0) == (void *)-1)
		err(FAILED, "shmat");
	struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
	mqd_t queue = mq_open("/left", O_RDWR | O_CREAT, 0, &attributes);
	if (queue == (mqd_t)-1 || mq_send(queue, "word", 4, 0) < 0)
		err(FAILED, "mq_open");
	if (shm_open("/left", O_RDWR | O_CREAT, 0) < 0)
		err(FAILED, "shm_open");
	return 0;
}

static void count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	long lines = 0;
	if (!file)
		err(FAILED, "%s", path);
	for (int byte; (byte = getc(file)) != EOF;)
		lines += byte == '\n';
	fclose(file);
	printf("%s %ld\n", path, lines - 1);
}

/* left DIR...: counts the entries of each, IPC objects, and other processes */
static int do_left(char **arg)
{
	for (; *arg; arg++) {
		long count = 0;
		DIR *dir = opendir(*arg);
		if (!dir)
			err(FAILED, "%s", *arg);
		while (readdir(dir))
			count++;
		closedir(dir);
		printf("%s %ld\n", *arg, count - 2);
	}
	count_lines("/proc/sysvipc/shm");
	count_lines("/proc/sysvipc/sem");
	count_lines("/proc/sysvipc/msg");
	DIR *proc = opendir("/proc");
	long others = 0;
	if (!proc)
		err(FAILED, "/proc");
	for (struct dirent *entry; (entry = readdir(proc));)
		if (atoi(entry->d_name) > 1 && atoi(entry->d_name) != getpid())
			others++;
	printf("others %ld\n", others);
	return 0;
}

const struct command leftovers[] = {
	{"deep", do_deep, 2}, {"many", do_many, 2}, {"full", do_full, 1}, {"odd", do_odd, 1},
	{"ipc", do_ipc, 1}, {"left", do_left, 0}, {0},
};
