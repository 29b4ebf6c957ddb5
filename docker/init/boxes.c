#include "boxes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "host.h"
#include "making.h"
#include "store.h"

#define GROWTH_MAX (16ull << 20) /* bytes that a cell may hold more than at its start */
/* For the kernel to free memory after the end of a box, which it does within the end or in threads of its own. These get
 * as little of a busy machine as we do, so our looks are counted, each of which is a millisecond late at least. */
#define SETTLE_LOOKS_MAX 500 /* without any progress */
#define SETTLE_TIMEOUT_MS 5000

static struct {
	const struct account *account;
	uint64_t held; /* bytes of memory at the start; UNKNOWN_U64 */
	/* the run in the current box */
	pid_t main_pid; /* of its program; 0: not asked for, -1: not known */
	bool is_lost; /* the box ended by itself */
	bool has_connections;
	struct reaped reaped;
} boxes;

static const struct place *open_place(void)
{
	const char *problem = making_finish();
	if (problem)
		refuse("audit: no next box: %s", problem);
	return &made.place;
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
	request.warm = !launch->is_interactive && launch->program_fd < 0 && making_has_started(launch->argv, launch->envp);
	/* The strings are behind each other in the run frame, with the NUL of each and one more byte in between. */
	char *const *last = request.envc > 0 ? launch->envp + request.envc - 1 : launch->argv + request.argc - 1;
	request.size = (uint32_t)(*last + strlen(*last) + 1 - launch->argv[0]);
	const struct iovec parts[] = {{&request, sizeof request}, {launch->argv[0], request.size}};
	reap_begin(&boxes.reaped, 0);
	boxes.main_pid = 0;
	boxes.is_lost = false;
	/* A process that the kernel has killed meanwhile, for memory, has not begun. */
	if (descriptors_send(made.starter, parts, 2, fds, launch->program_fd < 0 ? 4 : 5) < 0)
		refuse("audit: no start in the box: %s", strerror(errno));
	descriptors_close(&made.starter);
}

/* Receives one reply of the box. Returns false if there is none now. */
static bool receive_reply(struct box_reply *reply)
{
	ssize_t got = descriptors_receive(made.control, reply, sizeof *reply, NULL, 0, MSG_DONTWAIT);
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
	return descriptors_send(made.control, &(struct iovec){(void *)(uintptr_t)request, sizeof *request}, 1, NULL, 0) == 0;
}

/* The first child of the init. The init itself knows another number. */
static pid_t main_pid(void)
{
	char text[64];
	if (boxes.main_pid != 0 || made.pid <= 0)
		return boxes.main_pid;
	boxes.main_pid = -1;
	snprintf(text, sizeof text, "/proc/%d/task/%d/children", made.pid, made.pid);
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
		if (!descriptors_readable(made.control, timeout_ms + 2000))
			break;
		receive_reply(&reply);
	}
	bool all_ended = reply.kind == BOX_STOPPED && reply.all_ended;
	boxes.has_connections = reply.kind == BOX_STOPPED && reply.has_connections;
	if (boxes.is_lost) {
		/* Then its processes are ended, too. What the init had reaped is not known. */
		boxes.reaped.main_ended = true;
		boxes.reaped.is_lost = true;
		all_ended = making_end();
	}
	*reaped = boxes.reaped;
	return all_ended;
}

static uint64_t own_cpu_ns(void)
{
	clockid_t clock;
	uint64_t own = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	return made.pid > 0 && clock_getcpuclockid(made.pid, &clock) == 0 ? own + now_ns(clock) : own;
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
	if (making_has_lost_warm())
		return "the warm runtime has ended";
	if (excess() == 0)
		return NULL;
	/* Files of the run are held until its box ends. Few programs leave that many, so few wait for it. */
	if (!making_end())
		return "a process did not die";
	return settles() ? NULL : "memory is left";
}

static void after_answer(void)
{
	if (!making_end())
		refuse("audit: a process did not die");
	making_begin();
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

const struct isolation *boxes_open(const struct boxes_options *options, enum filter_mode *mode, char why[DETAIL_MAX + 1])
{
	boxes.account = options->account;
	const char *problem = "no counter of the cgroup can be read";
	if (boxes.account->source != CPU_RUSAGE)
		problem = making_open(&options->plan, options->signal_fd);
	if (problem) {
		snprintf(why, DETAIL_MAX + 1, "%s", problem);
		return NULL;
	}
	boxes.held = account_held_bytes(boxes.account, 0);
	*mode = made.filter_mode;
	return &isolation;
}

const char *boxes_keep_warm(const char *path, char *const *argv, char *const *envp)
{
	const char *problem = making_keep_warm(path, argv, envp);
	if (!problem)
		boxes.held = account_held_bytes(boxes.account, 0);
	return problem;
}
