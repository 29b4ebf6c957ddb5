/*
 * The program that the tests of zuko-init run: one action for each command, most of them hostile. Run it only in the
 * namespaces of tests/harness/supervisor.py.
 *
 * It prints what it observes, one fact a line. A failure that is not under test ends it with status 99.
 */
#include "probe.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000ll

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#endif

const char *error_name(int error)
{
	const char *name = strerrorname_np(error);
	return error == 0 ? "OK" : name ? name : "?";
}

void report(const char *name, long result)
{
	printf("%s %s\n", name, error_name(result < 0 ? errno : 0));
}

static long long cpu_ns(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * 1000000000ll + used.tv_nsec;
}

static void write_text(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		err(FAILED, "write");
}

__attribute__((noreturn)) void wait_forever(void)
{
	for (;;)
		pause();
}

pid_t fork_checked(void)
{
	pid_t pid = fork();
	if (pid < 0)
		err(FAILED, "fork");
	return pid;
}

/* ---------------------------------------------------------------- ends and output */

static int do_exit(char **arg)
{
	return atoi(arg[0]);
}

static int do_signal(char **arg)
{
	int number = atoi(arg[0]);
	kill(getpid(), number);
	/* An unblocked signal to oneself arrives before kill(2) returns. */
	return FAILED;
}

void fill(int fd, long size)
{
	static char bytes[65536];
	memset(bytes, 'x', sizeof bytes);
	while (size > 0) {
		ssize_t put = write(fd, bytes, size < (long)sizeof bytes ? (size_t)size : sizeof bytes);
		if (put < 0)
			err(FAILED, "write");
		size -= put;
	}
}

/* write STDOUT_BYTES STDERR_BYTES */
static int do_write(char **arg)
{
	fill(STDOUT_FILENO, atol(arg[0]));
	fill(STDERR_FILENO, atol(arg[1]));
	return 0;
}

/* hang STDOUT STDERR: writes both texts, then waits without end */
static int do_hang(char **arg)
{
	write_text(STDOUT_FILENO, arg[0]);
	write_text(STDERR_FILENO, arg[1]);
	wait_forever();
}

__attribute__((noreturn)) static int do_flood(char **arg)
{
	(void)arg;
	for (;;)
		fill(STDOUT_FILENO, 1 << 20);
}

static void flushed(int number)
{
	(void)number;
	write_text(STDOUT_FILENO, "flushed");
	_exit(5);
}

static void stubborn(int number)
{
	(void)number;
	write_text(STDOUT_FILENO, "no");
}

/* flush exits|stays: reacts to the flush signal at a time limit as a runtime does */
static int do_flush(char **arg)
{
	struct sigaction action = {.sa_handler = strcmp(arg[0], "exits") == 0 ? flushed : stubborn};
	sigaction(64, &action, NULL);
	write_text(STDOUT_FILENO, "before ");
	wait_forever();
}

/* ---------------------------------------------------------------- cost */

static void spin(long ms)
{
	while (ms == 0 || cpu_ns() < ms * NS_PER_MS)
		;
}

/* spin MS: uses that much CPU time; 0: without end */
static int do_spin(char **arg)
{
	spin(atol(arg[0]));
	return 0;
}

/* children wait|ignore|orphan|leave MS: a child uses that much CPU time. The parent waits for it (wait), lets the
 * kernel reap it (ignore), or leaves it to PID 1, ended (orphan) or alive (leave) */
static int do_children(char **arg)
{
	int done[2];
	char byte;
	if (strcmp(arg[0], "ignore") == 0)
		signal(SIGCHLD, SIG_IGN);
	if (pipe(done) < 0)
		err(FAILED, "pipe");
	pid_t child = fork_checked();
	if (child == 0) {
		if (strcmp(arg[0], "orphan") == 0 && fork_checked() != 0)
			_exit(0); /* its child is PID 1's now */
		spin(atol(arg[1]));
		if (strcmp(arg[0], "leave") == 0) {
			if (write(done[1], "", 1) < 0)
				err(FAILED, "write");
			wait_forever();
		}
		_exit(0);
	}
	close(done[1]);
	if (read(done[0], &byte, 1) < 0)
		err(FAILED, "read");
	if (strcmp(arg[0], "wait") == 0 && waitpid(child, NULL, 0) != child)
		err(FAILED, "waitpid");
	return 0;
}

/* touch MIB: uses that much resident memory */
static int do_touch(char **arg)
{
	size_t size = (size_t)atol(arg[0]) << 20;
	if (size == 0)
		return 0;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(FAILED, "mmap");
	memset(memory, 1, size);
	return 0;
}

/* ---------------------------------------------------------------- what a program is given */

static void print_link(const char *path)
{
	char target[4096];
	ssize_t size = readlink(path, target, sizeof target - 1);
	if (size < 0)
		err(FAILED, "%s", path);
	target[size] = '\0';
	printf("%s %s\n", path, target);
}

/* state: prints arguments, environment, descriptors, ids, and /proc/self/status */
static int do_state(char **arg)
{
	extern char **environ;
	char text[16384];
	for (; *arg; arg++)
		printf("arg %s\n", *arg);
	for (char **variable = environ; *variable; variable++)
		printf("env %s\n", *variable);
	DIR *dir = opendir("/proc/self/fd");
	if (!dir)
		err(FAILED, "/proc/self/fd");
	for (struct dirent *entry; (entry = readdir(dir));)
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
			printf("fd %s\n", entry->d_name);
	closedir(dir);
	printf("pid %d\nppid %d\nsid %d\npgrp %d\n", getpid(), getppid(), getsid(0), getpgrp());
	for (int number = 1; number <= SIGRTMAX; number++) {
		struct sigaction action;
		/* The C library reserves 32 and 33, so sigaction(2) fails for them; SigIgn below includes them. */
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			printf("not_default %d\n", number);
	}
	print_link("/proc/self/cwd");
	int fd = open("/proc/self/oom_score_adj", O_RDONLY);
	ssize_t size = read(fd, text, sizeof text - 1);
	close(fd);
	printf("oom_score_adj %.*s", (int)size, text);
	fd = open("/proc/self/status", O_RDONLY);
	size = read(fd, text, sizeof text - 1);
	if (size < 0)
		err(FAILED, "/proc/self/status");
	printf("%.*s", (int)size, text);
	return 0;
}

/* input: reads the first bytes of standard input twice, prints its size, and tries every way to change it */
static int do_input(char **arg)
{
	char text[16];
	(void)arg;
	for (int pass = 0; pass < 2; pass++) {
		ssize_t size = read(STDIN_FILENO, text, sizeof text);
		printf("read %zd %.*s\n", size, size > 0 ? (int)size : 0, text);
		printf("seek %ld\n", (long)lseek(STDIN_FILENO, 0, SEEK_SET));
	}
	printf("size %ld\n", (long)lseek(STDIN_FILENO, 0, SEEK_END));
	report("write", write(STDIN_FILENO, "x", 1));
	report("grow", ftruncate(STDIN_FILENO, 1 << 20));
	report("shrink", lseek(STDIN_FILENO, 0, SEEK_END) > 0 ? ftruncate(STDIN_FILENO, 0) : ftruncate(STDIN_FILENO, 1));
	report("seal", fcntl(STDIN_FILENO, F_ADD_SEALS, 0x10));
	report("map", mmap(NULL, 1, PROT_WRITE, MAP_SHARED, STDIN_FILENO, 0) == MAP_FAILED ? -1 : 0);
	int fd = open("/proc/self/fd/0", O_RDWR);
	report("reopened", fd < 0 ? 0 : write(fd, "x", 1));
	printf("seals %d\n", fcntl(STDIN_FILENO, F_GET_SEALS));
	return 0;
}

/* executable: prints the seals of its own executable, and tries every way to change it */
static int do_executable(char **arg)
{
	(void)arg;
	const char *self = "/proc/self/exe";
	int fd = open(self, O_RDONLY);
	printf("seals %d\n", fcntl(fd, F_GET_SEALS));
	report("open", open(self, O_RDWR));
	report("truncate", truncate(self, 0));
	if (chmod(self, 0700) < 0)
		err(FAILED, "chmod"); /* the program owns it */
	report("truncate", truncate(self, 0));
	report("seal", fcntl(fd, F_ADD_SEALS, 0x10));
	fd = open(self, O_RDWR); /* works on some kernels, but does not help */
	report("write", fd < 0 ? -1 : write(fd, "x", 1));
	report("grow", fd < 0 ? -1 : ftruncate(fd, 1 << 30));
	report("punch", fd < 0 ? -1 : fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	report("map", fd < 0 || mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	return 0;
}

/* word: prints the attributes of its executable, where the last run may have left a message, then leaves one */
static int do_word(char **arg)
{
	(void)arg;
	const char *self = "/proc/self/exe";
	struct stat stat_of;
	char value[64];
	uint64_t hint = 0, word = 5; /* RWH_WRITE_LIFE_EXTREME */
	int fd = open(self, O_RDONLY), flags = 0, no_dump = FS_NODUMP_FL;
	if (fd < 0 || stat(self, &stat_of) < 0)
		err(FAILED, "%s", self);
	fcntl(fd, F_GET_RW_HINT, &hint);
	ioctl(fd, FS_IOC_GETFLAGS, &flags);
	printf("mode %o links %lu word %d hint %lu flags %d attribute %zd\n", stat_of.st_mode & 07777,
	       (unsigned long)stat_of.st_nlink, stat_of.st_mtime == 12345 || stat_of.st_atime == 12345,
	       (unsigned long)hint, flags & FS_NODUMP_FL, fgetxattr(fd, "user.word", value, sizeof value));
	fchmod(fd, 0);
	futimens(fd, (struct timespec[]){{.tv_sec = 12345}, {.tv_sec = 12345}});
	fcntl(fd, F_SET_RW_HINT, &word);
	fsetxattr(fd, "user.word", "word", 4, 0);
	ioctl(fd, FS_IOC_SETFLAGS, &no_dump);
	return 0;
}

/* identity: prints the inode of its executable */
static int do_identity(char **arg)
{
	(void)arg;
	struct stat stat_of;
	if (stat("/proc/self/exe", &stat_of) < 0)
		err(FAILED, "stat");
	printf("inode %lu\n", (unsigned long)stat_of.st_ino);
	return 0;
}

/* ---------------------------------------------------------------- */

static const struct command commands[] = {
	{"exit", do_exit, 1}, {"signal", do_signal, 1}, {"write", do_write, 2}, {"hang", do_hang, 2},
	{"flood", do_flood, 0}, {"flush", do_flush, 1}, {"spin", do_spin, 1}, {"children", do_children, 2},
	{"touch", do_touch, 1}, {"state", do_state, 0}, {"input", do_input, 0},
	{"executable", do_executable, 0}, {"word", do_word, 0}, {"identity", do_identity, 0}, {0},
};

int main(int argc, char **argv)
{
	const struct command *const tables[] = {commands, attacks, leftovers};
	for (size_t i = 0; argc > 1 && i < sizeof tables / sizeof *tables; i++)
		for (const struct command *one = tables[i]; one->name; one++)
			if (strcmp(one->name, argv[1]) == 0 && argc - 2 >= one->arguments)
				return one->action(argv + 2);
	errx(FAILED, "no such command, or too few arguments");
}
