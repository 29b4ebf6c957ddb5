#include "boxes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

#include "confine.h"
#include "descriptors.h"
#include "host.h"
#include "store.h"
#include "warm.h"

#define MAKE_TIMEOUT_MS 10000 /* for a box to be made, which takes 1 ms; after that, the kernel has a problem */
#define END_TIMEOUT_MS 10000
#define WARM_TIMEOUT_MS 10000 /* for an interpreter to start, which takes 20 ms */
#define GROWTH_MAX (16ull << 20) /* bytes that a cell may hold more than at its start */
/* For the kernel to free memory after the end of a box, which it does within the end or in threads of its own. These get
 * as little of a busy machine as we do, so our looks are counted, each of which is a millisecond late at least. */
#define SETTLE_LOOKS_MAX 500 /* without any progress */
#define SETTLE_TIMEOUT_MS 5000

static struct {
	struct box_plan plan;
	const struct account *account;
	int signal_fd;
	uint64_t held; /* bytes of memory at the start; UNKNOWN_U64 */
	/* the current box */
	pid_t pid;
	int control;
	int starter; /* for the start of the program; -1: it was started */
	bool is_ready, is_warm;
	enum filter_mode filter_mode;
	struct place place;
	/* its run */
	pid_t main_pid; /* of its program; 0: not asked for, -1: not known */
	bool is_lost; /* it ended by itself */
	bool has_connections;
	struct reaped reaped;
	/* the warm runtime */
	struct {
		pid_t pid; /* 0: none */
		int control;
		char *const *argv, *const *envp;
	} warm;
} boxes = {.control = -1, .starter = -1, .place = {.workspace_fd = -1, .notify_fd = -1, .event_fd = -1, .ruleset_fd = -1}};

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int ready;
	do
		ready = poll(&wait, 1, timeout_ms);
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Waits for a child that was killed or ends by itself. Returns false if it does not. */
static bool reap(pid_t pid, int timeout_ms)
{
	uint64_t deadline = now_ns(CLOCK_MONOTONIC) + (uint64_t)timeout_ms * 1000000;
	for (;;) {
		char news[128 * 4]; /* struct signalfd_siginfo */
		while (read(boxes.signal_fd, news, sizeof news) > 0)
			;
		pid_t ended = waitpid(pid, NULL, WNOHANG);
		if (ended == pid || (ended < 0 && errno == ECHILD))
			return true;
		if (now_ns(CLOCK_MONOTONIC) >= deadline)
			return false;
		is_readable(boxes.signal_fd, 100);
	}
}

/* ---------------------------------------------------------------- making a box */

static void make_here(const int inner[2])
{
	boxes.is_warm = false;
	boxes.pid = (pid_t)syscall(SYS_clone, BOX_NAMESPACES | SIGCHLD, 0, 0, 0, 0);
	if (boxes.pid != 0)
		return;
	/* The box must hold nothing of ours: not the stream to the host, and no file that is kept for a submission. */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	box_main(inner[0], inner[1], &boxes.plan, NULL);
	_exit(1); /* not reached: only a warm runtime starts programs without execve */
}

static void make_by_warm(const int inner[2])
{
	pid_t pid; /* or what went wrong: -errno */
	char request = 'b';
	if (descriptors_send(boxes.warm.control, &(struct iovec){&request, 1}, 1, inner, 2) < 0 ||
	    !is_readable(boxes.warm.control, MAKE_TIMEOUT_MS) ||
	    descriptors_receive(boxes.warm.control, &pid, sizeof pid, NULL, 0, MSG_DONTWAIT) != sizeof pid)
		refuse("audit: the warm runtime has ended");
	if (pid <= 0)
		refuse("audit: no next box: clone: %s", strerror(-pid));
	boxes.pid = pid;
	boxes.is_warm = true;
}

static void begin(void)
{
	int control[2], starter[2];
	if (descriptors_pair(control) < 0 || descriptors_pair(starter) < 0)
		die("socketpair");
	const int inner[2] = {control[1], starter[1]};
	if (boxes.warm.pid != 0)
		make_by_warm(inner);
	else
		make_here(inner);
	int error = errno;
	close(control[1]);
	close(starter[1]);
	boxes.control = control[0];
	boxes.starter = starter[0];
	boxes.is_ready = boxes.is_lost = false;
	errno = error;
}

/* Waits until the box is ready. Returns NULL, or why it is not. */
static const char *finish(void)
{
	static struct box_reply reply;
	int fds[2];
	if (boxes.is_ready)
		return NULL;
	if (boxes.pid < 0) {
		snprintf(reply.text, sizeof reply.text, "clone: %s", strerror(errno));
		return reply.text;
	}
	if (!is_readable(boxes.control, MAKE_TIMEOUT_MS))
		return "it takes too long";
	if (descriptors_receive(boxes.control, &reply, sizeof reply, fds, 2, MSG_DONTWAIT) != sizeof reply)
		return "it ended by itself";
	if (reply.kind != BOX_READY)
		return reply.text;
	boxes.filter_mode = reply.filter_mode;
	boxes.place = (struct place){
		.workspace_fd = fds[0], .notify_fd = fds[1], .event_fd = boxes.control, .ruleset_fd = -1};
	boxes.is_ready = true;
	return NULL;
}

/* Ends the box, whatever state it is in. Returns false if it does not end. */
static bool end(void)
{
	close_fd(&boxes.place.workspace_fd);
	close_fd(&boxes.place.notify_fd);
	close_fd(&boxes.control);
	close_fd(&boxes.starter);
	boxes.is_ready = false;
	if (boxes.pid <= 0)
		return true;
	kill(boxes.pid, SIGKILL); /* PID 1 of its namespace: the kernel ends every process in it */
	bool ended = reap(boxes.pid, END_TIMEOUT_MS);
	boxes.pid = 0;
	return ended;
}

/* ---------------------------------------------------------------- a run */

static const struct place *open_place(void)
{
	const char *problem = finish();
	if (problem)
		refuse("audit: no next box: %s", problem);
	return &boxes.place;
}

static bool same_strings(char *const *one, char *const *other)
{
	for (; *one && *other; one++, other++)
		if (strcmp(*one, *other) != 0)
			return false;
	return *one == *other;
}

static size_t count(char *const *strings)
{
	size_t number = 0;
	while (strings[number])
		number++;
	return number;
}

static void start(const struct launch *launch)
{
	const int fds[] = {launch->in, launch->out, launch->err, launch->failure, launch->program_fd};
	struct box_request request = {
		.kind = BOX_START,
		.argc = (uint32_t)count(launch->argv),
		.envc = (uint32_t)count(launch->envp),
		.limits = launch->limits,
	};
	/* The runtime's standard input was a file when it started, and it remembers what a file can do. */
	request.warm = boxes.is_warm && !launch->is_interactive && launch->program_fd < 0 &&
		       same_strings(launch->argv, boxes.warm.argv) && same_strings(launch->envp, boxes.warm.envp);
	/* The strings are behind each other in the run frame, with the NUL of each and one more byte in between. */
	char *const *last = request.envc > 0 ? launch->envp + request.envc - 1 : launch->argv + request.argc - 1;
	request.size = (uint32_t)(*last + strlen(*last) + 1 - launch->argv[0]);
	const struct iovec parts[] = {{&request, sizeof request}, {launch->argv[0], request.size}};
	boxes.reaped = (struct reaped){.main_status = SIGKILL};
	boxes.main_pid = 0;
	/* A process that the kernel has killed meanwhile, for memory, has not begun. */
	if (descriptors_send(boxes.starter, parts, 2, fds, launch->program_fd < 0 ? 4 : 5) < 0)
		refuse("audit: no start in the box: %s", strerror(errno));
	close_fd(&boxes.starter);
}

/* Receives one reply of the box. Returns false if there is none now. */
static bool receive_reply(struct box_reply *reply)
{
	ssize_t got = descriptors_receive(boxes.control, reply, sizeof *reply, NULL, 0, MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return false;
	if (got != sizeof *reply) {
		boxes.is_lost = true;
		return false;
	}
	if (reply->kind == BOX_FAILED)
		refuse("box: %s", reply->text);
	boxes.reaped = reply->reaped;
	return true;
}

static bool has_ended(void)
{
	struct box_reply reply;
	while (!boxes.is_lost && !boxes.reaped.main_ended && receive_reply(&reply))
		;
	return boxes.is_lost || boxes.reaped.main_ended;
}

static bool ask(const struct box_request *request)
{
	return descriptors_send(boxes.control, &(struct iovec){(void *)(uintptr_t)request, sizeof *request}, 1, NULL, 0) == 0;
}

/* The first child of the init. The init itself knows another number. */
static pid_t main_pid(void)
{
	char text[64];
	if (boxes.main_pid != 0 || boxes.pid <= 0)
		return boxes.main_pid;
	boxes.main_pid = -1;
	snprintf(text, sizeof text, "/proc/%d/task/%d/children", boxes.pid, boxes.pid);
	int fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t got = read(fd, text, sizeof text - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	if (got > 0)
		boxes.main_pid = atoi(text);
	return boxes.main_pid;
}

static bool send_signal(int signal)
{
	return !boxes.reaped.main_ended && ask(&(struct box_request){.kind = BOX_SIGNAL, .signal = signal});
}

static bool stop(int timeout_ms, struct reaped *reaped)
{
	struct box_reply reply = {.kind = BOX_ENDED};
	/* When the program has ended, the box stops by itself. */
	if (!boxes.reaped.main_ended && !ask(&(struct box_request){.kind = BOX_STOP, .timeout_ms = timeout_ms}))
		boxes.is_lost = true;
	while (!boxes.is_lost && reply.kind != BOX_STOPPED) {
		if (!is_readable(boxes.control, timeout_ms + 2000))
			break;
		receive_reply(&reply);
	}
	bool all_ended = reply.kind == BOX_STOPPED && reply.all_ended;
	boxes.has_connections = reply.kind == BOX_STOPPED && reply.has_connections;
	if (boxes.is_lost) {
		/* Then its processes are ended, too. What the init had reaped is not known. */
		boxes.reaped.main_ended = true;
		boxes.reaped.is_lost = true;
		all_ended = end();
	}
	*reaped = boxes.reaped;
	return all_ended;
}

static uint64_t own_cpu_ns(void)
{
	clockid_t clock;
	uint64_t own = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	return boxes.pid > 0 && clock_getcpuclockid(boxes.pid, &clock) == 0 ? own + now_ns(clock) : own;
}

static uint64_t known_cpu_ns(void)
{
	return UNKNOWN_U64; /* there is a cgroup, or there would be no boxes */
}

/* Returns the bytes that the cell holds above those that it may hold; 0: none. */
static uint64_t excess(void)
{
	uint64_t enough = boxes.held + store_held_bytes() + GROWTH_MAX;
	if (boxes.held == UNKNOWN_U64)
		return 0;
	uint64_t held = account_held_bytes(boxes.account, enough);
	return held != UNKNOWN_U64 && held > enough ? held - enough : 0;
}

/* Waits until nothing is held too much, as long as the excess falls now and then. Returns false if it stays. */
static bool settles(void)
{
	uint64_t deadline = now_ns(CLOCK_MONOTONIC) + SETTLE_TIMEOUT_MS * 1000000ull, least = UINT64_MAX;
	int looks = 0;
	for (uint64_t held; (held = excess()) > 0; looks++) {
		if (held < least) {
			least = held;
			looks = 0;
		}
		if (looks == SETTLE_LOOKS_MAX || now_ns(CLOCK_MONOTONIC) >= deadline)
			return false;
		nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
	}
	return true;
}

/* Whatever would keep the next submission from its run has to be found here: after the answer, that submission may be
 * on its way to us. */
static const char *make_ready(void)
{
	if (boxes.is_lost)
		return "the box ended by itself";
	/* A connection whose two ends ignore each other lives for minutes, with all data that was written into it. */
	if (boxes.has_connections)
		return "a connection is left";
	if (boxes.warm.pid != 0 && waitpid(boxes.warm.pid, NULL, WNOHANG) != 0)
		return "the warm runtime has ended";
	if (excess() == 0)
		return NULL;
	/* Files of the run are held until its box ends. Few programs leave that many, so few wait for it. */
	if (!end())
		return "a process did not die";
	return settles() ? NULL : "memory is left";
}

static void after_answer(void)
{
	if (!end())
		refuse("audit: a process did not die");
	begin();
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

/* ---------------------------------------------------------------- opening */

const struct isolation *boxes_open(const struct boxes_options *options, enum filter_mode *mode, char why[DETAIL_MAX + 1])
{
	boxes.plan = options->plan;
	boxes.account = options->account;
	boxes.signal_fd = options->signal_fd;
	const char *problem = "no counter of the cgroup can be read";
	if (boxes.account->source != CPU_RUSAGE) {
		boxes.plan.check_mounts = true;
		begin();
		problem = finish();
		boxes.plan.check_mounts = false;
	}
	if (problem) {
		snprintf(why, DETAIL_MAX + 1, "%s", problem);
		end();
		return NULL;
	}
	boxes.held = account_held_bytes(boxes.account, 0);
	*mode = boxes.filter_mode;
	return &isolation;
}

/* Executes the runtime with streams of the kinds that programs have, since it looks at them when it starts. */
static void execute_warm(const char *path, int inner)
{
	int out[2], in = memfd_create("stdin", MFD_ALLOW_SEALING);
	sigset_t none;
	sigemptyset(&none);
	if (in < 0 || pipe(out) < 0 || dup2(in, 0) < 0 || dup2(out[1], 1) < 0 || dup2(out[1], 2) < 0 ||
	    dup2(inner, WARM_FD) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0 || chdir(boxes.plan.workspace) < 0)
		_exit(1);
	if (syscall(SYS_close_range, WARM_FD + 1u, ~0u, 0u) < 0)
		for (int fd = WARM_FD + 1; fd < 1024; fd++)
			close(fd);
	execve(path, boxes.warm.argv, boxes.warm.envp);
	_exit(1);
}

const char *boxes_keep_warm(const char *path, char *const *argv, char *const *envp)
{
	int ends[2];
	pid_t ready = -1;
	if (boxes.warm.pid != 0)
		refuse("warm: there is one already");
	boxes.warm.argv = argv;
	boxes.warm.envp = envp;
	if (descriptors_pair(ends) < 0)
		die("socketpair");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		execute_warm(path, ends[1]);
	close(ends[1]);
	if (descriptors_send(ends[0], &(struct iovec){&boxes.plan, sizeof boxes.plan}, 1, NULL, 0) < 0 ||
	    !is_readable(ends[0], WARM_TIMEOUT_MS) ||
	    descriptors_receive(ends[0], &ready, sizeof ready, NULL, 0, MSG_DONTWAIT) != sizeof ready || ready != 0) {
		close(ends[0]);
		kill(pid, SIGKILL);
		reap(pid, END_TIMEOUT_MS);
		return "the warm runtime did not start";
	}
	boxes.warm.pid = pid;
	boxes.warm.control = ends[0];
	if (!end())
		refuse("a process did not die");
	begin();
	boxes.held = account_held_bytes(boxes.account, 0);
	return NULL;
}
