/*
 * zuko-init: PID 1 of a sandbox. It waits on its standard input for a program, runs it as a child, measures it
 * and answers on its standard output.
 *
 * Theory of operation
 *
 *   host ══ Docker attach stream ══ fd 0, fd 1 ══ zuko-init (PID 1) ── fork, execve ── program ── its children
 *                                                   │ memfd (sealed) ──> stdin ┘
 *                                                   │ pipes <── stdout, stderr ┘
 *
 * Privileges: none. It runs under the same non-root uid as the program, without capabilities, and is safe from it
 *   because it is not dumpable (no ptrace, no /proc/1/mem or /proc/1/fd), because PID 1 has no handler that a signal
 *   could reach, and because the seccomp filter (confine.c) forbids every call that names PID 1's limits, priority
 *   or cores. None of its descriptors survives execve.
 *
 * A request is some file and input frames and then a run frame. Nothing of the program is alive while frames are
 *   read. While one is alive, only talk frames are, and only if its run is interactive (interactive.c); else hang-up is
 *   all that is looked for: the host speaks in turn.
 *
 * What is kept (store.c) is there in every run until the host says drop: the sources, or what a compiler made of them
 *   in an earlier run, taken out of the workspace when nothing was alive there (artifacts.c).
 *
 * A run ends with the *first* of: the main process ends; the wall, CPU or output limit is passed; a forbidden call
 *   is announced; the host hangs up (then everything ends and so do we). In each case kill(-1) ends all that is
 *   left, everything is reaped, and only then the CPU counter is read: nobody's CPU time is lost.
 *
 *   A run with again = 1 is answered when the sandbox is as good as new (reset.c), so an answer is all that is waited for.
 *
 * Ends: end of file on stdin (the host died), no frame for --idle-seconds, a run with again = 0, a failed audit.
 *   The container ends with PID 1 and is removed by the engine.
 *
 * The program's peak RSS starts at ours (ru_maxrss survives execve, see getrusage(2)), hence C, static, no heap.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "artifacts.h"
#include "confine.h"
#include "host.h"
#include "interactive.h"
#include "launch.h"
#include "mounts.h"
#include "protocol.h"
#include "reset.h"
#include "store.h"
#include "stream.h"
#include "submission.h"

#define NS_PER_MS 1000000ull
#define FLUSH_GRACE_MS 50      /* for the runtime to write out its buffers at a time limit */
#define REAP_TIMEOUT_MS 10000  /* a killed process that is still there after this: the kernel is in trouble */
#define LINGER_MS 1000         /* for a host that has its last answer and does not hang up */

static struct {
	/* settings */
	const char *cgroup_root, *workspace;
	int reset_ms; /* of CPU time, for emptying; a fresh sandbox costs about as much, so more is not worth it */
	const char *writable[WRITABLE_MAX];
	int writable_count;
	/* opened once */
	int workspace_fd, signal_fd, notify_fd;
	int ruleset_fd; /* Landlock's, -1 where the kernel has none */
	struct account account;
	struct baseline baseline;
	struct hello hello;
	/* the run */
	struct stream streams[2];
	pid_t main_pid;
	bool main_ended;
	int main_status;
	uint64_t reaped_cpu_ns, peak_rss_bytes;
} self = {
	.cgroup_root = "/sys/fs/cgroup", .workspace = "/workspace", .reset_ms = 200,
	.notify_fd = -1, .ruleset_fd = -1,
};

static uint8_t control[CONTROL_MAX + 1]; /* one payload, and a NUL after its last string */

/* ---------------------------------------------------------------- watching a run */

static void account_reaped(int pid, int status, const struct rusage *usage)
{
	uint64_t rss = (uint64_t)usage->ru_maxrss * 1024;
	uint64_t us = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000ull +
		      (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
	self.reaped_cpu_ns += us * 1000;
	if (rss > self.peak_rss_bytes)
		self.peak_rss_bytes = rss;
	if (pid == self.main_pid) {
		self.main_ended = true;
		self.main_status = status;
	}
}

static void reap_ended(void)
{
	struct signalfd_siginfo info;
	while (read(self.signal_fd, &info, sizeof info) > 0)
		; /* one SIGCHLD may stand for many, and any process may send us one: ask wait4, not it */
	int status;
	struct rusage usage;
	for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &usage)) > 0;)
		account_reaped(pid, status, &usage);
}

/* Without a cgroup: what was reaped, and the main process while it lives. Its living children are not in it, so that
 * a limit ends a program with children late; the final figure comes when all are reaped. */
static uint64_t cpu_spent_by_known(void)
{
	clockid_t clock;
	if (self.main_ended || clock_getcpuclockid(self.main_pid, &clock) != 0)
		return self.reaped_cpu_ns;
	return self.reaped_cpu_ns + now_ns(clock);
}

/* CPU time since the readings at the start: the cgroup's, less what we used ourselves. */
static uint64_t cpu_spent(uint64_t cgroup_start, uint64_t own_start)
{
	if (self.account.source == CPU_RUSAGE)
		return cpu_spent_by_known();
	uint64_t own = now_ns(CLOCK_PROCESS_CPUTIME_ID) - own_start;
	uint64_t cgroup = account_cpu_ns(&self.account);
	if (cgroup == UNKNOWN_U64 || cgroup_start == UNKNOWN_U64)
		return UNKNOWN_U64;
	cgroup -= cgroup_start;
	return cgroup > own ? cgroup - own : 0;
}

/* Waits for the run's first end. Returns its cause; CAUSE_EXITED stands for "the main process ended". */
static enum cause watch(const struct run_request *request, struct interactive_input *input, uint64_t start, uint64_t cgroup_start,
			uint64_t own_start, char *detail)
{
	uint64_t deadline = start + request->wall_ms * NS_PER_MS, cpu_check = 0;
	for (;;) {
		uint64_t now = now_ns(CLOCK_MONOTONIC);
		if (now >= deadline)
			return CAUSE_WALL_TIME;
		uint64_t wake = deadline;
		if (request->cpu_ms) {
			uint64_t limit = request->cpu_ms * NS_PER_MS;
			if (now >= cpu_check) {
				uint64_t spent = cpu_spent(cgroup_start, own_start);
				if (spent != UNKNOWN_U64 && spent >= limit)
					return CAUSE_CPU_TIME;
				/* One core uses at most one second a second; several are caught a little later. */
				uint64_t left = spent == UNKNOWN_U64 ? limit : limit - spent;
				cpu_check = now + (left > NS_PER_MS ? left : NS_PER_MS);
			}
			if (cpu_check < wake)
				wake = cpu_check;
		}
		bool is_offering = self.streams[0].offered > 0;
		struct pollfd fds[] = {
			{.fd = self.signal_fd, .events = POLLIN},
			{.fd = is_offering ? -1 : self.streams[0].fd, .events = POLLIN},
			{.fd = self.streams[1].fd, .events = POLLIN},
			{.fd = self.notify_fd, .events = POLLIN},
			{.fd = STDIN_FILENO, .events = interactive_host_events(input)}, /* hang-up in any case */
			{.fd = interactive_pending_fd(input), .events = POLLOUT},
			{.fd = is_offering ? STDOUT_FILENO : -1, .events = POLLOUT},
		};
		uint64_t left = wake - now;
		struct timespec timeout = {(time_t)(left / 1000000000ull), (long)(left % 1000000000ull)};
		if (ppoll(fds, sizeof fds / sizeof *fds, &timeout, NULL) < 0 && errno != EINTR)
			die("ppoll");
		if (fds[4].revents & (POLLHUP | POLLERR))
			_exit(0); /* nobody is there to be answered; the namespace dies with us */
		if (fds[4].revents & POLLIN || fds[5].revents)
			interactive_forward(input);
		if (fds[3].revents & POLLIN && confine_forbidden_call(self.notify_fd, detail, DETAIL_MAX))
			return CAUSE_SYSCALL;
		bool within = true;
		for (int i = 0; i < 2; i++)
			if (fds[1 + i].revents)
				within &= stream_collect(&self.streams[i]);
		if (request->interactive)
			stream_pass_on(&self.streams[0]);
		if (!within)
			return CAUSE_OUTPUT;
		if (fds[0].revents & POLLIN) {
			reap_ended();
			if (self.main_ended)
				return CAUSE_EXITED;
		}
	}
}

/* At a time limit a runtime may still hold output in its buffers, written by the program before the limit but not
 * yet handed to the kernel. It is told, has FLUSH_GRACE_MS, and dies in any case. */
static void let_flush(int signal)
{
	if (kill(self.main_pid, signal) < 0)
		return;
	uint64_t deadline = now_ns(CLOCK_MONOTONIC) + FLUSH_GRACE_MS * NS_PER_MS;
	for (;;) {
		uint64_t now = now_ns(CLOCK_MONOTONIC);
		if (now >= deadline || self.main_ended)
			return;
		struct pollfd fds[] = {
			{.fd = self.signal_fd, .events = POLLIN},
			{.fd = self.streams[0].fd, .events = POLLIN},
			{.fd = self.streams[1].fd, .events = POLLIN},
		};
		poll(fds, 3, (int)((deadline - now) / NS_PER_MS) + 1);
		if (!stream_collect(&self.streams[0]) || !stream_collect(&self.streams[1]))
			return;
		reap_ended();
	}
}

/* ---------------------------------------------------------------- one run */

static void open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe2");
}

static void send_result(const struct result *result)
{
	static uint8_t head[FRAME_HEADER_SIZE + RESULT_MAX];
	size_t size = result_encode(result, head + FRAME_HEADER_SIZE);
	size_t length = size + result->stdout_size + result->stderr_size;
	frame_header_encode((struct frame_header){.type = FRAME_RESULT, .length = (uint32_t)length}, head);
	struct iovec parts[3] = {
		{head, FRAME_HEADER_SIZE + size},
		{self.streams[0].bytes, result->stdout_size},
		{self.streams[1].bytes, result->stderr_size},
	};
	send_all(parts, 3);
}

/* The end of a container costs its host 60 ms of CPU time, just when the answer is on its way: leave the moment to the
 * host, which closes the stream when it is done. What it still says to a program is read: a connection that is closed
 * with words unread may lose the answer, too (RFC 2525, 2.17). */
__attribute__((noreturn)) static void linger(void)
{
	uint64_t deadline = now_ns(CLOCK_MONOTONIC) + LINGER_MS * NS_PER_MS;
	for (uint64_t now; (now = now_ns(CLOCK_MONOTONIC)) < deadline;) {
		struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
		poll(&wait, 1, (int)((deadline - now) / NS_PER_MS) + 1);
		ssize_t got = read(STDIN_FILENO, host_chunk, sizeof host_chunk);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			break;
	}
	_exit(0);
}

static void run(uint32_t size)
{
	static struct run_request request;
	struct result result = {.exit_code = -1};
	int in[2] = {-1, -1}, out[2], err[2], failure[2];
	struct interactive_input input;

	if (size > CONTROL_MAX)
		refuse("run: frame is too long");
	receive(control, size);
	const char *problem = run_request_decode(control, size, &request);
	if (problem)
		refuse("%s", problem);

	const char *name = store_restore(self.workspace_fd);
	if (name)
		die("restore %.100s", name);
	int program_fd = -1;
	if (!strchr(request.argv[0], '/') && (program_fd = store_program(request.argv[0])) < 0 && errno != ENOENT)
		die("memory for %.100s", request.argv[0]);
	if (request.interactive && submission_has_input())
		refuse("run: an interactive one has its input in talk frames");
	if (request.interactive)
		open_pipe(in);
	else
		in[0] = submission_seal_input();
	interactive_begin(&input, in[1]);
	open_pipe(out);
	open_pipe(err);
	open_pipe(failure);
	stream_begin(&self.streams[0], out[0], request.stdout_limit, request.interactive ? TALK_MAX : OUTPUT_MAX);
	stream_begin(&self.streams[1], err[0], request.stderr_limit, OUTPUT_MAX);
	self.main_ended = false;
	self.reaped_cpu_ns = self.peak_rss_bytes = 0;

	uint64_t oom_start = account_oom_kills(&self.account);
	uint64_t own_start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t cgroup_start = account_cpu_ns(&self.account);
	uint64_t start = now_ns(CLOCK_MONOTONIC);

	self.main_pid = fork();
	if (self.main_pid < 0)
		die("fork");
	if (self.main_pid == 0) {
		launch_program(&(struct launch){
			.in = in[0],
			.out = out[1],
			.err = err[1],
			.failure = failure[1],
			.program_fd = program_fd,
			.ruleset_fd = self.ruleset_fd,
			.request = &request,
		});
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	close(failure[1]);

	enum cause cause = watch(&request, &input, start, cgroup_start, own_start, result.detail);
	result.wall_ns = now_ns(CLOCK_MONOTONIC) - start;
	if ((cause == CAUSE_WALL_TIME || cause == CAUSE_CPU_TIME) && request.flush_signal)
		let_flush(request.flush_signal);
	bool reaped = kill_everything(REAP_TIMEOUT_MS, account_reaped);
	interactive_end(&input);

	/* What was written before the end is still in the pipes. */
	self.streams[0].hold = OUTPUT_MAX;
	bool within = stream_collect(&self.streams[0]);
	within &= stream_collect(&self.streams[1]);
	if (!within && cause == CAUSE_EXITED)
		cause = CAUSE_OUTPUT;

	result.cpu_source = (uint8_t)self.account.source;
	result.cpu_ns = cpu_spent(cgroup_start, own_start);
	result.peak_rss_bytes = self.peak_rss_bytes;
	uint64_t oom_end = account_oom_kills(&self.account);
	result.oom_kills = oom_start == UNKNOWN_U64 || oom_end == UNKNOWN_U64 ? UNKNOWN_U32
									      : (uint32_t)(oom_end - oom_start);

	ssize_t failed = read(failure[0], result.detail, cause == CAUSE_EXITED ? DETAIL_MAX : 0);
	close(failure[0]);
	if (failed > 0) {
		result.detail[failed] = '\0';
		cause = CAUSE_NOT_STARTED;
	} else if (WIFEXITED(self.main_status) && (cause == CAUSE_EXITED || cause == CAUSE_OUTPUT)) {
		result.exit_code = WEXITSTATUS(self.main_status);
	} else {
		/* At a limit the signal that counts is ours, whatever the runtime made of the flush. */
		result.signal = cause == CAUSE_EXITED ? WTERMSIG(self.main_status) : SIGKILL;
		if (cause == CAUSE_EXITED)
			cause = CAUSE_SIGNALLED;
	}
	/* An OOM kill of any process counts, unless the program coped and ended well: see OUTCOMES in protocol.md. */
	bool died_badly = cause == CAUSE_SIGNALLED ? result.signal == SIGKILL
						   : cause == CAUSE_EXITED && result.exit_code != 0;
	if (died_badly && result.oom_kills != UNKNOWN_U32 && result.oom_kills > 0)
		cause = CAUSE_MEMORY;
	if (cause == CAUSE_SIGNALLED && result.signal == SIGSYS && self.hello.filter_mode == FILTER_KILL) {
		cause = CAUSE_SYSCALL;
		snprintf(result.detail, sizeof result.detail, "a system call (this runtime does not say which)");
	}
	result.cause = (uint8_t)cause;
	if (request.interactive)
		stream_pass_on_rest(&self.streams[0]);
	result.stdout_size = self.streams[0].size;
	result.stderr_size = self.streams[1].size;
	result.stdout_truncated = self.streams[0].truncated;
	result.stderr_truncated = self.streams[1].truncated;
	if (reaped && cause == CAUSE_EXITED)
		artifacts_take(&request, self.workspace_fd, result.detail);
	/* The kernel is in trouble if something could not be reaped; the answer is true all the same. */
	problem = reaped ? NULL : "a process did not die";
	if (reaped && request.again)
		problem = reset_and_audit(&self.baseline, self.reset_ms);
	result.again = request.again && !problem;
	send_result(&result);
	if (request.again && problem)
		refuse("audit: %s", problem);
	if (!request.again)
		linger();
	stream_end(&self.streams[0]);
	stream_end(&self.streams[1]);
	interactive_discard_rest(&input);
}

/* ---------------------------------------------------------------- start and main loop */

static void parse_arguments(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *name = argv[i], *value = argv[i + 1];
		if (strcmp(name, "--idle-seconds") == 0 && atoi(value) > 0 && atoi(value) <= INT_MAX / 1000)
			host_idle_ms = atoi(value) * 1000;
		else if (strcmp(name, "--reset-ms") == 0 && atoi(value) > 0)
			self.reset_ms = atoi(value);
		else if (strcmp(name, "--workspace") == 0)
			self.workspace = value;
		else if (strcmp(name, "--cgroup-root") == 0)
			self.cgroup_root = value;
		else if (strcmp(name, "--writable") == 0 && self.writable_count < WRITABLE_MAX)
			self.writable[self.writable_count++] = value;
		else
			refuse("bad argument %s", name);
	}
	if (argc % 2 == 0)
		refuse("argument %s has no value", argv[argc - 1]);
}

static void setup_self(void)
{
	/* What a runtime ignores stays ignored through execve: here SIGCHLD would hide every program's end, and a program
	 * would inherit the rest. By the bare call, because the C library refuses two that it keeps for itself; KILL and
	 * STOP refuse anyway. */
	const struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} at_default = {.handler = SIG_DFL};
	for (int number = 1; number < NSIG; number++)
		syscall(SYS_rt_sigaction, number, &at_default, NULL, sizeof at_default.mask);
	/* Whatever a runtime may have left open; before Linux 5.9, among the first, where leaks have been seen. */
	if (syscall(SYS_close_range, 3u, ~0u, 0u) < 0)
		for (int fd = 3; fd < 1024; fd++)
			close(fd);

	sigset_t children;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	/* Only SIGCHLD is blocked. A blocked signal is kept even for PID 1, one at its default is dropped (signal(7)). */
	if (sigprocmask(SIG_BLOCK, &children, NULL) < 0)
		die("sigprocmask");
	self.signal_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (self.signal_fd < 0)
		die("signalfd");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		die("PR_SET_DUMPABLE");
	for (int fd = 0; fd < 2; fd++)
		if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
			die("fcntl");
}

static void setup_run(void)
{
	self.workspace_fd = open(self.workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (self.workspace_fd < 0 || fchdir(self.workspace_fd) < 0)
		die("open %s", self.workspace);
	struct statvfs room;
	if (fstatvfs(self.workspace_fd, &room) < 0)
		die("measure %s", self.workspace);
	store_open((uint64_t)room.f_bfree * room.f_frsize);
	self.account = account_open(self.cgroup_root);
	stream_open(&self.streams[0]);
	stream_open(&self.streams[1]);
	const char *problem = baseline_take(&self.baseline, self.writable, self.writable_count);
	if (problem)
		die("%s", problem);
	/* Who starts the image by hand names no place, and has no second run to keep clean. */
	const char *unlisted = self.writable_count > 0 ? mounts_unlisted(self.writable, self.writable_count) : NULL;
	if (unlisted)
		refuse("%.100s can be written to, and would not be emptied", unlisted);
	self.ruleset_fd = writable_only(self.writable, self.writable_count);
	int mode = confine(&self.notify_fd);
	if (mode < 0)
		die("seccomp");
	self.hello = (struct hello){
		.cpu_source = (uint8_t)self.account.source,
		.filter_mode = (uint8_t)mode,
		.counts_oom_kills = account_oom_kills(&self.account) != UNKNOWN_U64,
		.is_pid1 = getpid() == 1,
		.uid = (uint32_t)getuid(),
	};
}

int main(int argc, char **argv)
{
	parse_arguments(argc, argv);
	if (getpid() != 1)
		refuse("not PID 1: run it in a PID namespace of its own, for it kills all it can see");
	setup_self();
	setup_run();
	uint8_t hello[HELLO_SIZE];
	send_frame(FRAME_HELLO, hello, hello_encode(&self.hello, hello));
	for (;;) {
		uint8_t bytes[FRAME_HEADER_SIZE];
		receive(bytes, sizeof bytes);
		struct frame_header header = frame_header_decode(bytes);
		switch (header.type) {
		case FRAME_FILE:
			submission_take_file(header.length, self.workspace_fd);
			break;
		case FRAME_KEEP:
			submission_keep_file(header.length);
			break;
		case FRAME_DROP:
			if (header.length != 0)
				refuse("drop: not empty");
			store_drop();
			break;
		case FRAME_INPUT:
			submission_take_input(header.length);
			break;
		case FRAME_TALK: /* for a run that has ended meanwhile */
			if (header.length > TALK_MAX)
				refuse("talk: frame is too long");
			receive_into(-1, header.length);
			break;
		case FRAME_RUN:
			run(header.length);
			break;
		case FRAME_PING:
			if (header.length != 8)
				refuse("ping: not 8 bytes");
			receive(control, 8);
			send_frame(FRAME_PONG, control, 8);
			break;
		default:
			refuse("unknown frame type %u", header.type);
		}
	}
}
