#include "direct.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "confine.h"
#include "host.h"
#include "mounts.h"
#include "reset.h"

static struct {
	struct place place;
	struct baseline baseline;
	struct reaped reaped;
	int reset_ms;
} direct;

static const struct place *open_place(void)
{
	return &direct.place;
}

static void start(const struct launch *launch)
{
	reap_begin(&direct.reaped, 0);
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		launch_program(launch);
	direct.reaped.main_pid = pid;
}

static bool has_ended(void)
{
	struct signalfd_siginfo info;
	while (read(direct.place.event_fd, &info, sizeof info) > 0)
		; /* one SIGCHLD can stand for many, and any process can send one, so only wait4 counts */
	reap_ended(&direct.reaped);
	return direct.reaped.main_ended;
}

static pid_t main_pid(void)
{
	return direct.reaped.main_ended ? -1 : direct.reaped.main_pid;
}

static bool send_signal(int signal)
{
	return !direct.reaped.main_ended && kill(direct.reaped.main_pid, signal) == 0;
}

static bool stop(int timeout_ms, struct reaped *reaped)
{
	bool all_ended = kill_everything(&direct.reaped, timeout_ms);
	*reaped = direct.reaped;
	return all_ended;
}

static uint64_t own_cpu_ns(void)
{
	return now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* The CPU time of all reaped processes and of the main process. Living children are not counted, so a limit stops a
 * program with children late. The final figure is complete: all are reaped by then. */
static uint64_t known_cpu_ns(void)
{
	clockid_t clock;
	if (direct.reaped.main_ended || clock_getcpuclockid(direct.reaped.main_pid, &clock) != 0)
		return direct.reaped.cpu_ns;
	return direct.reaped.cpu_ns + now_ns(clock);
}

static const char *make_ready(void)
{
	return reset_and_audit(&direct.baseline, direct.reset_ms);
}

static void after_answer(void)
{
}

static const struct isolation isolation = {
	.open = open_place,
	.start = start,
	.has_ended = has_ended,
	.main_pid = main_pid,
	.send_signal = send_signal,
	.stop = stop,
	.own_cpu_ns = own_cpu_ns,
	.known_cpu_ns = known_cpu_ns,
	.make_ready = make_ready,
	.after_answer = after_answer,
};

const struct isolation *direct_open(const struct direct_options *options, enum filter_mode *mode)
{
	int workspace_fd = open(options->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (workspace_fd < 0 || fchdir(workspace_fd) < 0)
		die("open %s", options->workspace);
	const char *problem = baseline_take(&direct.baseline, options->writable, options->writable_count);
	if (problem)
		die("%s", problem);
	/* Without --writable (an image started by hand), no run follows another, and nothing is emptied. */
	const char *unlisted = NULL;
	if (options->writable_count > 0)
		unlisted = mounts_unlisted(options->writable, options->writable_count);
	if (unlisted)
		refuse("%.100s can be written to, and would not be emptied", unlisted);
	direct.reset_ms = options->reset_ms;
	direct.place = (struct place){.workspace_fd = workspace_fd, .event_fd = options->signal_fd, .notify_fd = -1};
	direct.place.ruleset_fd = writable_only(options->writable, options->writable_count);
	int filter = confine(&direct.place.notify_fd);
	if (filter < 0)
		die("seccomp");
	*mode = (enum filter_mode)filter;
	return &isolation;
}
