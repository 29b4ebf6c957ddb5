/*
 * Commands of probe.c that attack PID 1, and processes that want to stay.
 */
#include "probe.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

const struct command attacks[] = {
	{"open", do_open, 1}, {"kill-init", do_kill_init, 0}, {"sigchld", do_sigchld, 1}, {"call", do_call, 1},
	{"int80", do_int80, 0}, {"fork-bomb", do_fork_bomb, 0}, {"daemons", do_daemons, 1},
	{"orphans", do_orphans, 1}, {"stopped", do_stopped, 0}, {0},
};
