#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noreturn)) static void fail(const struct launch *launch, const char *step)
{
	char text[DETAIL_MAX];
	int length = snprintf(text, sizeof text, "%s: %s", step, strerror(errno));
	ssize_t ignored = write(launch->failure, text, length > 0 ? (size_t)length : 0);
	(void)ignored;
	_exit(127);
}

/* The child has a copy of our descriptors. All except these three are close-on-exec. */
static void setup_descriptors(const struct launch *launch)
{
	if (dup2(launch->in, STDIN_FILENO) < 0 || dup2(launch->out, STDOUT_FILENO) < 0 ||
	    dup2(launch->err, STDERR_FILENO) < 0)
		fail(launch, "dup2");
}

static void setup_session(const struct launch *launch)
{
	if (setsid() < 0)
		fail(launch, "setsid");
}

/* When memory runs out, the kernel has to kill the program and not us, whichever is larger. A process that is not
 * dumpable does not own its /proc files, so the child becomes dumpable; no process is alive that could use that. */
static void setup_oom_score(const struct launch *launch)
{
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	int fd = openat(launch->proc_fd, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* some runtimes do not have it (gVisor) and choose by their own rules */
	ssize_t ignored = write(fd, "1000", 4);
	(void)ignored;
	close(fd);
}

static void setup_signals(const struct launch *launch)
{
	sigset_t none;
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		fail(launch, "sigprocmask");
}

/* From here on, files can be opened for writing only where programs may write. This protects /proc: a program must not
 * lower its own oom_score_adj (the kernel would kill us), nor reset its peak RSS (clear_refs, proc(5)). */
static void setup_writable(const struct launch *launch)
{
	if (launch->ruleset_fd >= 0 && syscall(SYS_landlock_restrict_self, launch->ruleset_fd, 0) < 0)
		fail(launch, "landlock_restrict_self");
}

static void setup_limit(const struct launch *launch, __rlimit_resource_t resource, rlim_t value, const char *step)
{
	struct rlimit limit;
	if (getrlimit(resource, &limit) < 0)
		fail(launch, step);
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value)
		value = limit.rlim_max;
	limit.rlim_cur = limit.rlim_max = value;
	if (setrlimit(resource, &limit) < 0)
		fail(launch, step);
}

/* The kernel counts the processes of a user in a user namespace: the program's, and one that is ours, the init of its box
 * or, without one, zuko-init. */
static void setup_limits(const struct launch *launch)
{
	const struct process_limits *limits = &launch->limits;
	if (limits->stack_kb)
		setup_limit(launch, RLIMIT_STACK, (rlim_t)limits->stack_kb * 1024, "limit the stack");
	if (limits->file_kb)
		setup_limit(launch, RLIMIT_FSIZE, (rlim_t)limits->file_kb * 1024, "limit files");
	if (limits->processes)
		setup_limit(launch, RLIMIT_NPROC, (rlim_t)limits->processes + 1, "limit processes");
}

void launch_prepare(const struct launch *launch)
{
	setup_descriptors(launch);
	setup_session(launch);
	setup_oom_score(launch);
	setup_limits(launch);
	setup_writable(launch);
	setup_signals(launch);
}

/* Executes a kept program from its memory file: no program can write to it, and the workspace can stay noexec. */
__attribute__((noreturn)) void launch_program(const struct launch *launch)
{
	launch_prepare(launch);
	errno = ENOENT; /* for a plain name: never execute a file that a program left in the workspace */
	if (launch->program_fd >= 0)
		syscall(SYS_execveat, launch->program_fd, "", launch->argv, launch->envp, AT_EMPTY_PATH);
	else if (strchr(launch->argv[0], '/'))
		execve(launch->argv[0], launch->argv, launch->envp);
	fail(launch, "execve");
}
