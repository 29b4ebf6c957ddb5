/*
 * The program that the tests of zuko-init run: one action for each command, most of them hostile. Run it only in the
 * namespaces of tests/harness/supervisor.py.
 *
 * It prints what it observes, one fact a line. A failure that is not under test ends it with status 99.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define FAILED 99
#define NS_PER_MS 1000000ll

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#endif

static const char *error_name(int error)
{
	const char *name = strerrorname_np(error);
	return error == 0 ? "OK" : name ? name : "?";
}

/* "name OK" or "name EPERM" */
static void report(const char *name, long result)
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

__attribute__((noreturn)) static void wait_forever(void)
{
	for (;;)
		pause();
}

static pid_t fork_checked(void)
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

static void fill(int fd, long size)
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

/* ---------------------------------------------------------------- at PID 1 */

/* open PATH...: opens each to write and to read a byte, and prints the errors */
static int do_open(char **arg)
{
	char byte = '1';
	for (; *arg; arg++) {
		int fd = open(*arg, O_WRONLY);
		long done = fd < 0 ? -1 : write(fd, &byte, 1);
		printf("write %s %s\n", *arg, error_name(done < 0 ? errno : 0));
		fd = open(*arg, O_RDONLY);
		done = fd < 0 ? -1 : read(fd, &byte, 1);
		printf("read %s %s\n", *arg, error_name(done < 0 ? errno : 0));
	}
	return 0;
}

/* kill-init: sends PID 1 every signal in every way */
static int do_kill_init(char **arg)
{
	union sigval value = {.sival_int = 1};
	(void)arg;
	for (int number = 1; number <= 64; number++) {
		kill(1, number);
		syscall(SYS_tgkill, 1, 1, number);
		sigqueue(1, number, value);
	}
	printf("alive %s\n", error_name(kill(1, 0) < 0 ? errno : 0));
	return 0;
}

/* sigchld COUNT: sends PID 1 that many of the only signal that it reads */
static int do_sigchld(char **arg)
{
	for (long left = atol(arg[0]); left > 0; left--)
		kill(1, SIGCHLD);
	return 0;
}

static const struct {
	const char *name;
	long number;
} calls[] = {
#define CALL(name) {#name, SYS_##name}
	CALL(getpid), CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev), CALL(kcmp), CALL(move_pages),
	CALL(migrate_pages), CALL(prlimit64), CALL(setpriority), CALL(ioprio_set), CALL(sched_setaffinity),
	CALL(sched_setscheduler), CALL(sched_setparam), CALL(sched_setattr), CALL(clone), CALL(unshare), CALL(clone3),
	CALL(setns), CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot), CALL(open_tree), CALL(move_mount),
	CALL(fsopen), CALL(fsconfig), CALL(fsmount), CALL(fspick), CALL(open_by_handle_at), CALL(bpf),
	CALL(perf_event_open), CALL(userfaultfd), CALL(keyctl), CALL(add_key), CALL(request_key), CALL(fanotify_init),
	CALL(io_uring_setup), CALL(io_uring_enter), CALL(io_uring_register), CALL(io_setup), CALL(socket), CALL(socketpair),
	CALL(kexec_load), CALL(kexec_file_load), CALL(init_module), CALL(finit_module), CALL(delete_module),
	CALL(reboot), CALL(swapon), CALL(swapoff), CALL(acct), CALL(quotactl), CALL(settimeofday), CALL(clock_settime),
	CALL(mbind), CALL(madvise), CALL(syslog), CALL(sethostname), CALL(setdomainname), CALL(vhangup),
	CALL(lookup_dcookie), CALL(name_to_handle_at), CALL(get_mempolicy), CALL(set_mempolicy), CALL(personality),
#ifdef __x86_64__
	CALL(iopl), CALL(ioperm), CALL(_sysctl), CALL(sysfs), CALL(uselib), CALL(ustat),
#endif
#undef CALL
	/* may be newer than the headers; the same on every architecture */
	{"pidfd_getfd", 438}, {"process_madvise", 440}, {"mount_setattr", 442}, {"quotactl_fd", 443}, {"memfd_secret", 447},
	{"process_mrelease", 448},
};

/* call NAME|NUMBER ARG...: makes a system call. "page" is the address of 4 KiB of zeros. */
static int do_call(char **arg)
{
	static _Alignas(4096) char page[4096];
	long number = strtol(arg[0], NULL, 0), value[6] = {0};
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (strcmp(calls[i].name, arg[0]) == 0)
			number = calls[i].number;
	for (int i = 0; i < 6 && arg[1 + i]; i++)
		value[i] = strcmp(arg[1 + i], "page") == 0 ? (long)page : (long)strtoul(arg[1 + i], NULL, 0);
	errno = 0;
	long result = syscall(number, value[0], value[1], value[2], value[3], value[4], value[5]);
	printf("%s\n", error_name(result < 0 ? errno : 0));
	return 0;
}

/* int80: calls getpid through the 32-bit interface */
static int do_int80(char **arg)
{
	(void)arg;
#ifdef __x86_64__
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	return result == getpid() ? 0 : FAILED;
#else
	return FAILED;
#endif
}

/* ---------------------------------------------------------------- processes that want to stay */

__attribute__((noreturn)) static int do_fork_bomb(char **arg)
{
	(void)arg;
	for (;;)
		fork();
}

static void become_daemon(void)
{
	if (fork_checked() != 0)
		_exit(0);
	setsid();
	if (fork_checked() != 0)
		_exit(0);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
}

/* daemons COUNT: starts orphans in their own sessions that hold stdout and stderr open and ignore all signals. The
 * parent ends when all of them have started. */
static int do_daemons(char **arg)
{
	int count = atoi(arg[0]), ready[2];
	char byte;
	if (pipe(ready) < 0)
		err(FAILED, "pipe");
	for (int i = 0; i < count; i++)
		if (fork_checked() == 0) {
			become_daemon();
			if (write(ready[1], "", 1) < 0)
				err(FAILED, "write");
			wait_forever();
		}
	for (int i = 0; i < count; i++)
		if (read(ready[0], &byte, 1) != 1)
			err(FAILED, "read");
	printf("%d daemons\n", count);
	return 0;
}

/* orphans COUNT: ends while PID 1 has that many zombies and dying processes to reap */
static int do_orphans(char **arg)
{
	signal(SIGCHLD, SIG_IGN);
	for (int i = atoi(arg[0]); i > 0; i--)
		if (fork_checked() == 0) {
			if (fork_checked() == 0)
				_exit(7);
			_exit(7);
		}
	return 0;
}

/* stopped: stops a child, then itself */
static int do_stopped(char **arg)
{
	(void)arg;
	pid_t child = fork_checked();
	if (child == 0) {
		raise(SIGSTOP);
		_exit(FAILED);
	}
	if (waitpid(child, NULL, WUNTRACED) != child)
		err(FAILED, "waitpid");
	raise(SIGSTOP);
	return FAILED;
}

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

/* ---------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*action)(char **arg);
	int arguments; /* at least */
} commands[] = {
	{"exit", do_exit, 1}, {"signal", do_signal, 1}, {"write", do_write, 2}, {"hang", do_hang, 2},
	{"flood", do_flood, 0}, {"flush", do_flush, 1}, {"spin", do_spin, 1}, {"children", do_children, 2},
	{"touch", do_touch, 1}, {"state", do_state, 0}, {"input", do_input, 0},
	{"executable", do_executable, 0}, {"word", do_word, 0}, {"identity", do_identity, 0}, {"open", do_open, 1},
	{"kill-init", do_kill_init, 0}, {"sigchld", do_sigchld, 1}, {"call", do_call, 1}, {"int80", do_int80, 0},
	{"fork-bomb", do_fork_bomb, 0}, {"daemons", do_daemons, 1}, {"orphans", do_orphans, 1},
	{"stopped", do_stopped, 0}, {"deep", do_deep, 2}, {"many", do_many, 2}, {"full", do_full, 1},
	{"odd", do_odd, 1}, {"ipc", do_ipc, 1}, {"left", do_left, 0},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
		if (strcmp(commands[i].name, argv[1]) == 0 && argc - 2 >= commands[i].arguments)
			return commands[i].action(argv + 2);
	errx(FAILED, "no such command, or too few arguments");
}
