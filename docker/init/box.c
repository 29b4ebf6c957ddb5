#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "descriptors.h"
#include "launch.h"
#include "leftovers.h"
#include "mounts.h"

enum { IN, OUT, ERR, FAILURE, PROGRAM, DESCRIPTORS };

static struct {
	int control;
	int proc_fd; /* the cell's /proc, which the mount of our own covers */
	int workspace_fd, ruleset_fd, notify_fd, signal_fd;
	int queues_fd; /* the directory of POSIX queues; -1: none */
	enum filter_mode filter_mode;
	struct reaped reaped;
	bool has_stopped;
} box;

static void send_reply(const struct box_reply *reply, const int *fds, size_t fd_count)
{
	if (descriptors_send(box.control, &(struct iovec){(void *)(uintptr_t)reply, sizeof *reply}, 1, fds, fd_count) < 0)
		_exit(1);
}

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	struct box_reply reply = {.kind = BOX_FAILED};
	int error = errno;
	va_list args;
	va_start(args, format);
	int length = vsnprintf(reply.text, sizeof reply.text, format, args);
	va_end(args);
	if (length > 0 && (size_t)length < sizeof reply.text && error != 0)
		snprintf(reply.text + length, sizeof reply.text - (size_t)length, ": %s", strerror(error));
	send_reply(&reply, NULL, 0);
	_exit(1);
}

/* ---------------------------------------------------------------- the namespaces */

/* Closes every descriptor from `first` on, except for two; -1: none. */
static void close_from(int first, int one, int other)
{
	const int low = one < other ? one : other, high = one < other ? other : one;
	const int ranges[3][2] = {{first, low - 1}, {low < first ? first : low + 1, high - 1}, {high < first ? first : high + 1, -1}};
	for (int i = 0; i < 3; i++) {
		bool is_last = ranges[i][1] < 0 && i == 2;
		if (!is_last && ranges[i][1] < ranges[i][0])
			continue;
		if (syscall(SYS_close_range, (unsigned)ranges[i][0], is_last ? ~0u : (unsigned)ranges[i][1], 0u) == 0)
			continue;
		for (int fd = ranges[i][0]; fd <= (is_last ? 1023 : ranges[i][1]); fd++)
			close(fd);
	}
}

static void write_map(const char *path, const char *text)
{
	int fd = openat(box.proc_fd, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("write %s", path);
	close(fd);
}

/* The one user and the one group that exist here are the program's, under the numbers that they have outside. */
static void setup_user(const struct box_plan *plan)
{
	char line[64];
	write_map("self/setgroups", "deny");
	snprintf(line, sizeof line, "%u %u 1", plan->uid, plan->uid);
	write_map("self/uid_map", line);
	snprintf(line, sizeof line, "%u %u 1", plan->gid, plan->gid);
	write_map("self/gid_map", line);
}

/* What Docker masks in an ordinary container. Docker also makes parts of /proc read-only; here all of it is. */
static void setup_proc(void)
{
	static const char *const files[] = {
		"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
		"/proc/sched_debug",
	};
	static const char *const directories[] = {"/proc/acpi", "/proc/asound", "/proc/scsi"};
	const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
	if (mount("proc", "/proc", "proc", flags, NULL) < 0)
		fail("mount /proc");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (mount("/dev/null", files[i], NULL, MS_BIND, NULL) < 0 && errno != ENOENT)
			fail("mask %s", files[i]);
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		if (mount("tmpfs", directories[i], "tmpfs", flags, "size=4k,nr_inodes=1") < 0 && errno != ENOENT)
			fail("mask %s", directories[i]);
}

static void setup_mounts(const struct box_plan *plan)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	const char *shared = mounts_protect();
	if (shared)
		fail("mount %s", shared);
	for (int i = 0; i < plan->place_count; i++) {
		const char *path = plan->places[i].path, *options = plan->places[i].options;
		bool is_queues = strcmp(options, "mqueue") == 0;
		const char *kind = is_queues ? "mqueue" : "tmpfs";
		if (mount(kind, path, kind, flags, is_queues ? NULL : options) < 0 && !(is_queues && errno == ENOENT))
			fail("mount %s", path);
		if (is_queues)
			box.queues_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	setup_proc();
	box.workspace_fd = open(plan->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (box.workspace_fd < 0 || fchdir(box.workspace_fd) < 0)
		fail("open %s", plan->workspace);
}

/* Brings the loopback interface up: a new network namespace has it, but down. */
static void setup_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return; /* this kernel has no IPv4 */
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		fail("bring up lo");
	close(fd);
}

/* A connection whose processes have ended and whose other end does not answer holds its data, which on cgroup v1 is
 * the host's memory, until the kernel gives up: after 0.6 s, instead of 100. */
static void setup_orphans(void)
{
	int fd = openat(box.proc_fd, "sys/net/ipv4/tcp_orphan_retries", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* this runtime does not have it */
	ssize_t ignored = write(fd, "1", 1);
	(void)ignored;
	close(fd);
}

static void check_mounts(const struct box_plan *plan)
{
	const char *paths[BOX_PLACES_MAX];
	for (int i = 0; i < plan->place_count; i++)
		paths[i] = plan->places[i].path;
	const char *unlisted = mounts_unlisted(paths, plan->place_count);
	errno = 0;
	if (unlisted)
		fail("%.100s can be written to, and is not new in each box", unlisted);
}

static void setup_ruleset(const struct box_plan *plan)
{
	const char *paths[BOX_PLACES_MAX];
	for (int i = 0; i < plan->place_count; i++)
		paths[i] = plan->places[i].path;
	box.ruleset_fd = writable_only(paths, plan->place_count);
}

/* The program has none either: it is not the root of its namespace, and inherits an empty bounding set. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};
	for (int capability = 0; capability < 64; capability++)
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			break; /* EINVAL: beyond the last one that this kernel has */
	if (syscall(SYS_capset, &header, none) < 0)
		fail("capset");
}

/* PID 1 gets signals from its own namespace only if it has a handler, and a warm runtime has some: block all. */
static void setup_signals(void)
{
	sigset_t all, children;
	sigfillset(&all);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		fail("sigprocmask");
	box.signal_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (box.signal_fd < 0)
		fail("signalfd");
}

static void set_up(int control, int starter, const struct box_plan *plan)
{
	close_from(3, control, starter);
	box.control = control;
	box.queues_fd = -1;
	setsid(); /* or the group of PID 1 would be one outside of its namespace, which a program reads as its own */
	setup_signals();
	/* A process that is not dumpable does not own its /proc files. No process that could use this is alive yet. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	box.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (box.proc_fd < 0)
		fail("open /proc");
	setup_user(plan);
	setup_mounts(plan);
	if (plan->check_mounts)
		check_mounts(plan);
	setup_loopback();
	setup_orphans();
	setup_ruleset(plan);
	drop_capabilities();
	int mode = confine(&box.notify_fd);
	if (mode < 0)
		fail("seccomp");
	box.filter_mode = (enum filter_mode)mode;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* ---------------------------------------------------------------- the program */

static char *argv_and_envp[STRINGS_MAX + 4];

/* Points into `text` for each of its strings. */
static void split(const struct box_request *request, char *text, char ***argv, char ***envp)
{
	size_t count = 0;
	*argv = argv_and_envp;
	for (uint32_t i = 0; i < request->argc + request->envc && count <= STRINGS_MAX; i++) {
		if (i == request->argc)
			argv_and_envp[count++] = NULL;
		argv_and_envp[count++] = text;
		text += strlen(text) + 2;
	}
	if (request->envc == 0)
		argv_and_envp[count++] = NULL;
	argv_and_envp[count] = NULL;
	*envp = argv_and_envp + request->argc + 1;
}

/* The program, from its start on. Returns if it was started warm. */
static void start(const struct box_request *request, char *text, const int fds[DESCRIPTORS])
{
	char **argv, **envp;
	split(request, text, &argv, &envp);
	const struct launch launch = {
		.in = fds[IN],
		.out = fds[OUT],
		.err = fds[ERR],
		.failure = fds[FAILURE],
		.program_fd = fds[PROGRAM],
		.ruleset_fd = box.ruleset_fd,
		.proc_fd = box.proc_fd,
		.argv = argv,
		.envp = envp,
		.limits = request->limits,
	};
	if (!request->warm)
		launch_program(&launch);
	launch_prepare(&launch);
	close_from(3, -1, -1);
}

/* The process of the program, until its start. Returns if it is started warm. */
static void wait_for_start(int starter)
{
	static struct {
		struct box_request request;
		char text[CONTROL_MAX + 2];
	} message;
	int fds[DESCRIPTORS];
	close(box.control);
	close(box.signal_fd);
	ssize_t got = descriptors_receive(starter, &message, sizeof message - 1, fds, DESCRIPTORS, 0);
	if (got < (ssize_t)sizeof message.request || message.request.kind != BOX_START)
		_exit(0); /* zuko-init has finished with this box */
	close(starter);
	start(&message.request, message.text, fds);
}

/* Forks the process of the program and tells that the box is ready. Returns true in that process, if it is to run. */
static bool begin_program(int starter, void (*forked)(void))
{
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		if (forked)
			forked();
		wait_for_start(starter);
		return true;
	}
	reap_begin(&box.reaped, pid);
	const int fds[2] = {box.workspace_fd, box.notify_fd};
	send_reply(&(struct box_reply){.kind = BOX_READY, .filter_mode = box.filter_mode}, fds, box.notify_fd < 0 ? 1 : 2);
	/* What is the program's or zuko-init's business. */
	const int others[] = {starter, box.workspace_fd, box.notify_fd, box.proc_fd, box.ruleset_fd};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i] >= 0)
			close(others[i]);
	return false;
}

static void stop(int timeout_ms)
{
	struct box_reply reply = {.kind = BOX_STOPPED};
	if (box.has_stopped)
		return;
	box.has_stopped = true;
	reply.all_ended = kill_everything(&box.reaped, timeout_ms);
	/* The kernel ends the namespaces some time after the last process, and until then what is in them counts against
	 * the limits of the next run: memory, and bytes of queues and locked memory for each uid. */
	leftovers_remove_sysv(NULL);
	if (box.queues_fd >= 0)
		leftovers_remove_queues(box.queues_fd);
	reply.has_connections = !leftovers_no_connections();
	reply.reaped = box.reaped;
	send_reply(&reply, NULL, 0);
}

/* The end of the program is the end of the run: zuko-init learns of it at once, and does not have to ask for the rest. */
static void handle_ends(void)
{
	struct signalfd_siginfo info;
	while (read(box.signal_fd, &info, sizeof info) > 0)
		;
	reap_ended(&box.reaped);
	if (!box.reaped.main_ended || box.has_stopped)
		return;
	send_reply(&(struct box_reply){.kind = BOX_ENDED, .reaped = box.reaped}, NULL, 0);
	stop(BOX_STOP_TIMEOUT_MS);
}

static void handle_request(void)
{
	struct box_request request;
	if (descriptors_receive(box.control, &request, sizeof request, NULL, 0, 0) != sizeof request)
		_exit(0); /* zuko-init has finished with this box */
	if (request.kind == BOX_SIGNAL && !box.reaped.main_ended)
		kill(box.reaped.main_pid, request.signal);
	if (request.kind == BOX_STOP)
		stop(request.timeout_ms);
}

void box_main(int control, int starter, const struct box_plan *plan, void (*forked)(void))
{
	set_up(control, starter, plan);
	if (begin_program(starter, forked))
		return;
	for (;;) {
		struct pollfd fds[2] = {{.fd = box.control, .events = POLLIN}, {.fd = box.signal_fd, .events = POLLIN}};
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			handle_ends();
		if (fds[0].revents)
			handle_request();
	}
}
