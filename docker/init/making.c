#include "making.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "host.h"
#include "warm.h"

#define MAKE_TIMEOUT_MS 10000 /* for a box to be made, which takes 1 ms; after that, the kernel has a problem */
#define END_TIMEOUT_MS 10000
#define WARM_TIMEOUT_MS 10000 /* for an interpreter to start, which takes 20 ms */

struct made made = {.control = -1, .starter = -1, .place = {.workspace_fd = -1, .notify_fd = -1, .event_fd = -1, .ruleset_fd = -1}};

static struct box_plan plan;
static int signal_fd; /* SIGCHLD */

static struct {
	pid_t pid; /* 0: none */
	int control;
	char *const *argv, *const *envp;
} warm;

/* Waits for a child that was killed or ends by itself. Returns false if it does not. */
static bool reap(pid_t pid, int timeout_ms)
{
	uint64_t deadline = now_ns(CLOCK_MONOTONIC) + (uint64_t)timeout_ms * 1000000;
	for (;;) {
		char news[128 * 4]; /* struct signalfd_siginfo */
		while (read(signal_fd, news, sizeof news) > 0)
			;
		pid_t ended = waitpid(pid, NULL, WNOHANG);
		if (ended == pid || (ended < 0 && errno == ECHILD))
			return true;
		if (now_ns(CLOCK_MONOTONIC) >= deadline)
			return false;
		descriptors_readable(signal_fd, 100);
	}
}

/* ---------------------------------------------------------------- a box */

static void make_here(const int inner[2])
{
	made.is_warm = false;
	made.pid = (pid_t)syscall(SYS_clone, BOX_NAMESPACES | SIGCHLD, 0, 0, 0, 0);
	if (made.pid != 0)
		return;
	/* The box must hold nothing of ours: not the stream to the host, and no file that is kept for a submission. */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(null, fd) < 0)
			_exit(1);
	box_main(inner[0], inner[1], &plan, NULL);
	_exit(1); /* not reached: only a warm runtime starts programs without execve */
}

static void make_by_warm(const int inner[2])
{
	pid_t pid; /* or what went wrong: -errno */
	char request = 'b';
	if (descriptors_send(warm.control, &(struct iovec){&request, 1}, 1, inner, 2) < 0 ||
	    !descriptors_readable(warm.control, MAKE_TIMEOUT_MS) ||
	    descriptors_receive(warm.control, &pid, sizeof pid, NULL, 0, MSG_DONTWAIT) != sizeof pid)
		refuse("audit: the warm runtime has ended");
	if (pid <= 0)
		refuse("audit: no next box: clone: %s", strerror(-pid));
	made.pid = pid;
	made.is_warm = true;
}

void making_begin(void)
{
	int control[2], starter[2];
	if (descriptors_pair(control) < 0 || descriptors_pair(starter) < 0)
		die("socketpair");
	const int inner[2] = {control[1], starter[1]};
	if (warm.pid != 0)
		make_by_warm(inner);
	else
		make_here(inner);
	int error = errno;
	close(control[1]);
	close(starter[1]);
	made.control = control[0];
	made.starter = starter[0];
	made.is_ready = false;
	errno = error;
}

const char *making_finish(void)
{
	static struct box_reply reply;
	int fds[2];
	if (made.is_ready)
		return NULL;
	if (made.pid < 0) {
		snprintf(reply.text, sizeof reply.text, "clone: %s", strerror(errno));
		return reply.text;
	}
	if (!descriptors_readable(made.control, MAKE_TIMEOUT_MS))
		return "it takes too long";
	if (descriptors_receive(made.control, &reply, sizeof reply, fds, 2, MSG_DONTWAIT) != sizeof reply)
		return "it ended by itself";
	if (reply.kind != BOX_READY)
		return reply.text;
	made.filter_mode = reply.filter_mode;
	made.place = (struct place){
		.workspace_fd = fds[0], .notify_fd = fds[1], .event_fd = made.control, .ruleset_fd = -1};
	made.is_ready = true;
	return NULL;
}

bool making_end(void)
{
	descriptors_close(&made.place.workspace_fd);
	descriptors_close(&made.place.notify_fd);
	descriptors_close(&made.control);
	descriptors_close(&made.starter);
	made.is_ready = false;
	if (made.pid <= 0)
		return true;
	kill(made.pid, SIGKILL); /* PID 1 of its namespace: the kernel ends every process in it */
	bool ended = reap(made.pid, END_TIMEOUT_MS);
	made.pid = 0;
	return ended;
}

const char *making_open(const struct box_plan *opened, int signals)
{
	plan = *opened;
	signal_fd = signals;
	plan.check_mounts = true;
	making_begin();
	const char *problem = making_finish();
	plan.check_mounts = false;
	if (problem)
		making_end();
	return problem;
}

/* ---------------------------------------------------------------- the warm runtime */

/* Executes the runtime with streams of the kinds that programs have, since it looks at them when it starts. */
static void execute_warm(const char *path, int inner)
{
	int out[2], in = memfd_create("stdin", MFD_ALLOW_SEALING);
	sigset_t none;
	sigemptyset(&none);
	if (in < 0 || pipe(out) < 0 || dup2(in, 0) < 0 || dup2(out[1], 1) < 0 || dup2(out[1], 2) < 0 ||
	    dup2(inner, WARM_FD) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0 || chdir(plan.workspace) < 0)
		_exit(1);
	if (syscall(SYS_close_range, WARM_FD + 1u, ~0u, 0u) < 0)
		for (int fd = WARM_FD + 1; fd < 1024; fd++)
			close(fd);
	execve(path, warm.argv, warm.envp);
	_exit(1);
}

const char *making_keep_warm(const char *path, char *const *argv, char *const *envp)
{
	int ends[2];
	pid_t ready = -1;
	if (warm.pid != 0)
		refuse("warm: there is one already");
	warm.argv = argv;
	warm.envp = envp;
	if (descriptors_pair(ends) < 0)
		die("socketpair");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		execute_warm(path, ends[1]);
	close(ends[1]);
	if (descriptors_send(ends[0], &(struct iovec){&plan, sizeof plan}, 1, NULL, 0) < 0 ||
	    !descriptors_readable(ends[0], WARM_TIMEOUT_MS) ||
	    descriptors_receive(ends[0], &ready, sizeof ready, NULL, 0, MSG_DONTWAIT) != sizeof ready || ready != 0) {
		close(ends[0]);
		kill(pid, SIGKILL);
		reap(pid, END_TIMEOUT_MS);
		return "the warm runtime did not start";
	}
	warm.pid = pid;
	warm.control = ends[0];
	if (!making_end())
		refuse("a process did not die");
	making_begin();
	return NULL;
}

bool making_has_lost_warm(void)
{
	return warm.pid != 0 && waitpid(warm.pid, NULL, WNOHANG) != 0;
}

static bool same_strings(char *const *one, char *const *other)
{
	for (; *one && *other; one++, other++)
		if (strcmp(*one, *other) != 0)
			return false;
	return *one == *other;
}

bool making_has_started(char *const *argv, char *const *envp)
{
	return made.is_warm && same_strings(argv, warm.argv) && same_strings(envp, warm.envp);
}
