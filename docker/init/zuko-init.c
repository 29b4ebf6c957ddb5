/*
 * zuko-init: PID 1 of a sandbox. It receives a program on its standard input, runs it as a child, measures it and
 * answers on its standard output.
 *
 * Theory of operation
 *
 *   host ══ Docker attach stream ══ fd 0, fd 1 ══ zuko-init (PID 1) ── a box, or fork ── program ── its children
 *                                                   │ memfd (sealed) ──> stdin ┘
 *                                                   │ pipes <── stdout, stderr ┘
 *
 * Isolation (isolation.h): each run has a box, new namespaces with a small init of their own (boxes.c, box.c), where the
 *   program does not see zuko-init at all. On a host that refuses boxes, the program is our child, and the container is
 *   emptied between runs (direct.c, reset.c).
 *
 * Privileges: none. It runs under the same non-root uid as the program, without capabilities. PID 1, the init of the box
 *   or ours, is safe from the program because it is not dumpable (no ptrace, no /proc/1/mem or /proc/1/fd), because it
 *   handles no signals, and because the seccomp filter (confine.c) forbids every call on the limits, priority or cores
 *   of PID 1. No descriptor of ours reaches a program.
 *
 * Requests: file and input frames, then a run frame. No process of a program is alive while these frames are read.
 *   During a run, zuko-init reads only talk frames, and only if the run is interactive (interactive.c). In other runs
 *   it only checks for a hang-up, because the host sends nothing before the answer.
 *
 * Kept files (store.c) are there in every run until a drop frame: sources, or the output of a compiler, taken from the
 *   workspace after an earlier run (artifacts.c).
 *
 * A run (run.c, watch.c) ends with the *first* of: the main process ends; the wall, CPU or output limit is passed; a forbidden
 *   call is announced; the host hangs up, which ends zuko-init too. In each case kill(-1) by PID 1 ends all other processes, all
 *   are reaped, and only then the CPU counter is read, so no CPU time is lost. cause.c decides the cause.
 *
 *   A run with again = 1 is answered once the sandbox is ready for another, or its box left nothing behind. So the host
 *   waits for the answer only; the next box is made after it.
 *
 * zuko-init ends at end of file on stdin (the host died), after --idle-seconds without a byte, after a run with
 *   again = 0, and after a failed audit. The container ends with PID 1, and the engine removes it.
 *
 * The program's peak RSS starts at ours (ru_maxrss survives execve, see getrusage(2)): so this is C, static, no heap.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "account.h"
#include "boxes.h"
#include "confine.h"
#include "direct.h"
#include "host.h"
#include "link.h"
#include "protocol.h"
#include "reset.h"
#include "run.h"
#include "store.h"
#include "submission.h"

static struct {
	const char *cgroup_root, *workspace;
	bool boxes; /* a box for each run, if this host allows it */
	int reset_ms;
	const char *writable[WRITABLE_MAX], *mount_options[WRITABLE_MAX];
	int writable_count;
} settings = {.cgroup_root = "/sys/fs/cgroup", .workspace = "/workspace", .reset_ms = 200};

static struct sandbox sandbox;
static struct hello hello;
static int signal_fd;

/* Takes "PATH" or "PATH=OPTIONS", which are those of a tmpfs. */
static void add_writable(char *value)
{
	char *options = strchr(value, '=');
	if (options)
		*options++ = '\0';
	if (settings.writable_count == WRITABLE_MAX || strlen(value) >= BOX_OPTIONS_MAX ||
	    strlen(options ? options : "") >= BOX_OPTIONS_MAX)
		refuse("bad argument --writable");
	settings.writable[settings.writable_count] = value;
	settings.mount_options[settings.writable_count++] = options ? options : "";
}

static void parse_arguments(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		char *name = argv[i], *value = argv[i + 1];
		if (strcmp(name, "--idle-seconds") == 0 && atoi(value) > 0 && atoi(value) <= INT_MAX / 1000)
			host_idle_ms = atoi(value) * 1000;
		else if (strcmp(name, "--reset-ms") == 0 && atoi(value) > 0)
			settings.reset_ms = atoi(value);
		else if (strcmp(name, "--workspace") == 0)
			settings.workspace = value;
		else if (strcmp(name, "--cgroup-root") == 0)
			settings.cgroup_root = value;
		else if (strcmp(name, "--writable") == 0)
			add_writable(value);
		else if (strcmp(name, "--isolation") == 0 && strcmp(value, "namespaces") == 0)
			settings.boxes = true;
		else if (strcmp(name, "--isolation") != 0 || strcmp(value, "container") != 0)
			refuse("bad argument %s", name);
	}
	if (argc % 2 == 0)
		refuse("argument %s has no value", argv[argc - 1]);
}

static void setup_self(void)
{
	/* A signal that the container runtime ignores stays ignored through execve: without SIGCHLD we would not see a
	 * program end, and programs would inherit the others. We use the system call because the C library reserves two
	 * signals for itself. It fails for KILL and STOP, which cannot be ignored. */
	const struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} at_default = {.handler = SIG_DFL};
	for (int number = 1; number < NSIG; number++)
		syscall(SYS_rt_sigaction, number, &at_default, NULL, sizeof at_default.mask);
	/* Close what a container runtime may have leaked. Before Linux 5.9, only low descriptors, where leaks were seen. */
	if (syscall(SYS_close_range, 3u, ~0u, 0u) < 0)
		for (int fd = 3; fd < 1024; fd++)
			close(fd);

	sigset_t children;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	/* For PID 1 the kernel drops signals at their default, except blocked ones (signal(7)): block the one we need. */
	if (sigprocmask(SIG_BLOCK, &children, NULL) < 0)
		die("sigprocmask");
	signal_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		die("signalfd");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		die("PR_SET_DUMPABLE");
	for (int fd = 0; fd < 2; fd++)
		if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
			die("fcntl");
}

static const struct isolation *open_boxes(void)
{
	struct boxes_options options = {
		.plan = {.uid = getuid(), .gid = getgid(), .place_count = settings.writable_count},
		.account = &sandbox.account,
		.signal_fd = signal_fd,
	};
	snprintf(options.plan.workspace, sizeof options.plan.workspace, "%s", settings.workspace);
	for (int i = 0; i < settings.writable_count; i++) {
		snprintf(options.plan.places[i].path, BOX_OPTIONS_MAX, "%s", settings.writable[i]);
		snprintf(options.plan.places[i].options, BOX_OPTIONS_MAX, "%s", settings.mount_options[i]);
	}
	return boxes_open(&options, &sandbox.filter_mode, hello.detail);
}

static const struct isolation *open_directly(void)
{
	const struct direct_options options = {
		.workspace = settings.workspace,
		.writable = settings.writable,
		.writable_count = settings.writable_count,
		.reset_ms = settings.reset_ms,
		.signal_fd = signal_fd,
	};
	return direct_open(&options, &sandbox.filter_mode);
}

static void setup_sandbox(void)
{
	confine_prepare();
	sandbox.account = account_open(settings.cgroup_root);
	sandbox.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (settings.boxes)
		sandbox.isolation = open_boxes();
	hello.grade = sandbox.isolation ? GRADE_NAMESPACES : GRADE_CONTAINER;
	if (!sandbox.isolation)
		sandbox.isolation = open_directly();
	run_open(&sandbox);
	struct statvfs room;
	if (fstatvfs(run_workspace(), &room) < 0)
		die("measure %s", settings.workspace);
	store_open((uint64_t)room.f_bfree * room.f_frsize);
}

static void say_hello(void)
{
	uint8_t bytes[HELLO_MAX];
	hello.cpu_source = (uint8_t)sandbox.account.source;
	hello.filter_mode = (uint8_t)sandbox.filter_mode;
	hello.counts_oom_kills = account_oom_kills(&sandbox.account) != UNKNOWN_U64;
	hello.uid = (uint32_t)getuid();
	send_frame(FRAME_HELLO, bytes, hello_encode(&hello, bytes));
}

/* Without boxes a program cannot be forked into a place of its own, and the frame changes nothing. */
static void keep_warm(uint32_t size)
{
	static uint8_t payload[WARM_MAX + 1];
	static struct warm_request request;
	if (size > WARM_MAX)
		refuse("warm: frame is too long");
	receive(payload, size);
	const char *problem = warm_request_decode(payload, size, &request);
	if (problem)
		refuse("%s", problem);
	run_abandon_place();
	problem = "it needs namespaces for each run";
	if (hello.grade == GRADE_NAMESPACES)
		problem = boxes_keep_warm(request.path, request.argv, request.envp);
	send_frame(FRAME_WARMED, problem ? problem : "", problem ? strlen(problem) : 0);
}

static void make_link(uint32_t size)
{
	uint8_t payload[LINK_NAME_MAX + 2]; /* a side, and a name that may be a byte too long: then it is not a name */
	struct link_request request;
	if (size > sizeof payload)
		refuse("link: frame is too long");
	receive(payload, size);
	const char *problem = link_request_decode(payload, size, &request);
	if (problem)
		refuse("%s", problem);
	/* Without boxes a program would be in the same network namespace, and could use the name. */
	problem = "it needs namespaces for each run";
	if (hello.grade == GRADE_NAMESPACES)
		problem = request.side == LINK_LISTENS ? link_listen(request.name) : link_connect(request.name);
	send_frame(FRAME_LINKED, problem ? problem : "", problem ? strlen(problem) : 0);
}

static void answer_ping(uint32_t size)
{
	uint8_t bytes[8];
	if (size != sizeof bytes)
		refuse("ping: not 8 bytes");
	receive(bytes, sizeof bytes);
	send_frame(FRAME_PONG, bytes, sizeof bytes);
}

static void handle_frame(struct frame_header header)
{
	switch (header.type) {
	case FRAME_FILE:
		submission_take_file(header.length, run_workspace());
		break;
	case FRAME_KEEP:
		submission_keep_file(header.length);
		break;
	case FRAME_DROP:
		if (header.length != 0)
			refuse("drop: not empty");
		store_drop();
		link_drop();
		break;
	case FRAME_INPUT:
		submission_take_input(header.length);
		break;
	case FRAME_TALK: /* sent before the host learned that the run had ended */
		if (header.length > TALK_MAX)
			refuse("talk: frame is too long");
		receive_into(-1, header.length);
		break;
	case FRAME_OVER:
	case FRAME_STOP: /* the same */
		if (header.length != 0)
			refuse("stop: not empty");
		break;
	case FRAME_LINK:
		make_link(header.length);
		break;
	case FRAME_RUN:
		run_handle(header.length);
		break;
	case FRAME_WARM:
		keep_warm(header.length);
		break;
	case FRAME_PING:
		answer_ping(header.length);
		break;
	default:
		refuse("unknown frame type %u", header.type);
	}
}

int main(int argc, char **argv)
{
	parse_arguments(argc, argv);
	if (getpid() != 1)
		refuse("not PID 1: start it in its own PID namespace, because it kills every process that it can see");
	setup_self();
	setup_sandbox();
	say_hello();
	for (;;) {
		uint8_t header[FRAME_HEADER_SIZE];
		receive(header, sizeof header);
		handle_frame(frame_header_decode(header));
	}
}
