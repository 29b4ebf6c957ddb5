#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "artifacts.h"
#include "cause.h"
#include "confine.h"
#include "host.h"
#include "input_end.h"
#include "interactive.h"
#include "launch.h"
#include "link.h"
#include "protocol.h"
#include "relay.h"
#include "store.h"
#include "stream.h"
#include "submission.h"

#define NS_PER_MS 1000000ull
#define FLUSH_GRACE_MS 50      /* for the runtime to flush its buffers at a time limit */
#define REAP_TIMEOUT_MS 10000  /* for killed processes to disappear; after that, the kernel has a problem */
#define REST_MS 1000           /* for the other program to read what a program had said that was stopped */
#define LINGER_MS 1000         /* for the host to hang up after its last answer */

/* The current run, or the last one. */
static struct {
	uint8_t payload[CONTROL_MAX + 1]; /* of its frame, and a NUL after the last string */
	struct run_request request;
	struct interactive_input input;
	int failure_fd; /* read end: "step: error" if the program cannot be started */
	/* readings at its start */
	uint64_t start_ns, own_cpu_ns, cgroup_cpu_ns, oom_kills;
	const struct place *place; /* NULL: not opened yet */
	bool main_ended;
	bool waits; /* nothing of it had anything to do at its wall time limit */
	bool relays, obeys; /* linked, as the one side of the link or the other */
	int rest_fd;        /* of the other side's pipes, see link.h; -1: none, or not ours yet */
	bool is_over;       /* the other side's run has ended, and what is written into that pipe is dropped */
	bool has_told_closed, offers_closed;
	bool exceeds_link;  /* the other side has counted more output than is allowed */
	struct reaped reaped; /* its processes, once they are stopped */
	/* "" unless it happened */
	char forbidden_call[DETAIL_MAX + 1], start_failure[DETAIL_MAX + 1];
} run;

static const struct sandbox *sandbox;
static struct stream streams[2]; /* stdout, stderr */

/* ---------------------------------------------------------------- preparing a run */

static void receive_request(uint32_t size)
{
	if (size > CONTROL_MAX)
		refuse("run: frame is too long");
	receive(run.payload, size);
	const char *problem = run_request_decode(run.payload, size, &run.request);
	if (problem)
		refuse("%s", problem);
}

static void open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe2");
}

/* Returns a descriptor of the kept program that argv[0] names; -1: argv[0] is a path, or no program of this name is
 * kept. */
static int find_program(const char *name)
{
	if (strchr(name, '/'))
		return -1;
	int fd = store_program(name);
	if (fd < 0 && errno != ENOENT)
		die("memory for %.100s", name);
	return fd;
}

/* Takes the pipes of the other side; without them the run is over at once. */
static void receive_pipes(int in[2], int out[2])
{
	int fds[LINK_PIPES_COUNT];
	if (!link_receive_pipes(fds))
		refuse("the other side of the link is gone");
	in[0] = fds[LINK_IN];
	in[1] = fds[LINK_HOLD];
	out[1] = fds[LINK_OUT];
	run.rest_fd = fds[LINK_REST];
	link_send(LINK_LIMIT, run.request.stdout_limit);
}

/* Restores the kept files and opens the program's streams. Returns what the child needs. */
static struct launch prepare(void)
{
	const struct run_request *request = &run.request;
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, failure[2];
	bool passes_on = request->interactive || request->streams;

	const char *name = store_restore(run_workspace());
	if (name)
		die("restore %.100s", name);
	int program_fd = find_program(request->argv[0]);
	if (request->interactive && submission_has_input())
		refuse("run: an interactive run gets its input in talk frames");
	run.relays = request->linked && link_is_listener();
	run.obeys = request->linked && !run.relays;
	run.rest_fd = -1;
	run.is_over = run.has_told_closed = run.offers_closed = run.exceeds_link = false;
	if (run.relays)
		relay_begin(request->stdout_limit, &in[0], &out[1]);
	else if (run.obeys)
		receive_pipes(in, out);
	else if (request->interactive)
		open_pipe(in);
	else
		in[0] = submission_seal_input();
	input_end_begin();
	interactive_begin(&run.input, request->interactive, in[1]);
	if (!request->linked)
		open_pipe(out);
	if (!request->merge)
		open_pipe(err);
	else if ((err[1] = fcntl(out[1], F_DUPFD_CLOEXEC, 3)) < 0)
		die("dup");
	open_pipe(failure);
	stream_begin(&streams[0], out[0], request->stdout_limit, passes_on ? TALK_MAX : OUTPUT_MAX);
	stream_begin(&streams[1], err[0], request->stderr_limit, request->streams ? TALK_MAX : OUTPUT_MAX);
	run.failure_fd = failure[0];
	return (struct launch){
		.in = in[0],
		.out = out[1],
		.err = err[1],
		.failure = failure[1],
		.program_fd = program_fd,
		.ruleset_fd = run.place->ruleset_fd,
		.proc_fd = sandbox->proc_fd,
		.argv = request->argv,
		.envp = request->envp,
		.is_interactive = request->interactive,
		.limits = request->limits,
	};
}

/* Reads the counters, then starts the program. */
static void start(const struct launch *launch)
{
	run.main_ended = run.waits = false;
	*run.forbidden_call = *run.start_failure = '\0';

	run.oom_kills = account_oom_kills(&sandbox->account);
	run.own_cpu_ns = sandbox->isolation->own_cpu_ns();
	run.cgroup_cpu_ns = account_cpu_ns(&sandbox->account);
	run.start_ns = now_ns(CLOCK_MONOTONIC);

	sandbox->isolation->start(launch);
	close(launch->in);
	close(launch->out);
	close(launch->err);
	close(launch->failure);
}

/* ---------------------------------------------------------------- watching a run */

/* Returns the CPU time since the start of the run: the cgroup's without our own. */
static uint64_t cpu_spent(void)
{
	if (sandbox->account.source == CPU_RUSAGE)
		return sandbox->isolation->known_cpu_ns();
	uint64_t own = sandbox->isolation->own_cpu_ns();
	own = own > run.own_cpu_ns ? own - run.own_cpu_ns : 0; /* less, once the init of a box is gone */
	uint64_t cgroup = account_cpu_ns(&sandbox->account);
	if (cgroup == UNKNOWN_U64 || run.cgroup_cpu_ns == UNKNOWN_U64)
		return UNKNOWN_U64;
	cgroup -= run.cgroup_cpu_ns;
	return cgroup > own ? cgroup - own : 0;
}

/* Returns true once the CPU time limit is reached. Does not read the counter before `next_check`, and moves that time
 * on after each reading. */
static bool is_out_of_cpu_time(uint64_t now, uint64_t *next_check)
{
	uint64_t limit = run.request.cpu_ms * NS_PER_MS;
	if (limit == 0) {
		*next_check = UINT64_MAX;
		return false;
	}
	if (now < *next_check)
		return false;
	uint64_t spent = cpu_spent();
	if (spent != UNKNOWN_U64 && spent >= limit)
		return true;
	/* On one core the limit cannot be reached earlier. With several cores it is noticed a little later. */
	uint64_t left = spent == UNKNOWN_U64 ? limit : limit - spent;
	*next_check = now + (left > NS_PER_MS ? left : NS_PER_MS);
	return false;
}

/* Returns the wall time since the start of the run, without that of the other program (relay.h). */
static uint64_t wall_spent(uint64_t now)
{
	return now - run.start_ns - (run.relays ? relay_paused_ns(now) : 0);
}

enum { ON_END, ON_STDOUT, ON_STDERR, ON_FORBIDDEN_CALL, ON_HOST, ON_PROGRAM_READS, ON_HOST_READS, UNLINKED_EVENTS };
enum { ON_RELAY = UNLINKED_EVENTS, ON_LINK = UNLINKED_EVENTS, ON_REST, EVENTS = UNLINKED_EVENTS + RELAY_EVENTS };

/* Returns the descriptor of a stream that there is room for; -1: none. */
static int readable_fd(const struct stream *stream)
{
	return stream->offered > 0 || stream->size == stream->hold ? -1 : stream->fd;
}

static void wait_for_events(struct pollfd fds[EVENTS], uint64_t timeout_ns)
{
	bool is_offering = streams[0].offered > 0 || streams[1].offered > 0;
	fds[ON_END] = (struct pollfd){.fd = run.place->event_fd, .events = POLLIN};
	fds[ON_STDOUT] = (struct pollfd){.fd = readable_fd(&streams[0]), .events = POLLIN};
	fds[ON_STDERR] = (struct pollfd){.fd = readable_fd(&streams[1]), .events = POLLIN};
	fds[ON_FORBIDDEN_CALL] = (struct pollfd){.fd = run.place->notify_fd, .events = POLLIN};
	/* poll(2) reports a hang-up in any case. */
	fds[ON_HOST] = (struct pollfd){.fd = STDIN_FILENO, .events = interactive_host_events(&run.input)};
	fds[ON_PROGRAM_READS] = (struct pollfd){.fd = interactive_pending_fd(&run.input), .events = POLLOUT};
	fds[ON_HOST_READS] = (struct pollfd){
		.fd = is_offering || run.offers_closed ? STDOUT_FILENO : -1, .events = POLLOUT};
	int count = UNLINKED_EVENTS;
	if (run.relays) {
		relay_expect(fds + ON_RELAY);
		count = EVENTS;
	} else if (run.obeys) {
		fds[ON_LINK] = (struct pollfd){.fd = link_fd(), .events = POLLIN};
		fds[ON_REST] = (struct pollfd){.fd = run.is_over ? run.rest_fd : -1, .events = POLLIN};
		count = ON_REST + 1;
	}
	struct timespec timeout = {(time_t)(timeout_ns / 1000000000ull), (long)(timeout_ns % 1000000000ull)};
	if (ppoll(fds, (nfds_t)count, &timeout, NULL) < 0) {
		if (errno != EINTR)
			die("ppoll");
		for (int i = 0; i < count; i++)
			fds[i].revents = 0;
	}
	for (int i = count; i < EVENTS; i++)
		fds[i].revents = 0;
}

/* Returns true if our program has closed its output and does not just end. The kernel closes the files of a process
 * before its end can be seen. */
static bool has_closed_output(void)
{
	bool has_ended = run.relays ? relay_output_ended() : streams[0].fd < 0 && streams[0].size == 0;
	return run.request.interactive && !run.obeys && !run.has_told_closed && has_ended && !run.main_ended &&
	       !input_end_is_exiting(sandbox->isolation->main_pid());
}

static void tell_closed(void)
{
	run.has_told_closed = true;
	if (run.relays)
		relay_tell_closed();
	else
		offer_frame(FRAME_CLOSED, NULL, 0);
	run.offers_closed = !run.relays && !send_offered();
}

/* What the listener has to say, on the other side of the link. */
static void obey(uint64_t now)
{
	struct link_message message;
	while (link_take(&message)) {
		if (message.kind == LINK_CLOSED)
			input_end_ask(INPUT_CLOSED, now);
		if (message.kind == LINK_EXCESS)
			run.exceeds_link = true;
		run.is_over |= message.kind == LINK_OVER;
		if (message.kind == LINK_ASK) {
			bool waits = input_end_program_waits(run.input.to, sandbox->isolation->main_pid(), cpu_spent(), now);
			link_send(waits ? LINK_WAITS : LINK_WORKS, 0);
		}
	}
	if (run.is_over || link_fd() < 0) {
		run.is_over = true;
		input_end_ask(INPUT_OVER, now);
	}
}

/* Drops what our program says to one that has ended. */
static void drop_rest(void)
{
	ssize_t got = read(run.rest_fd, host_chunk, sizeof host_chunk);
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
		close(run.rest_fd);
		run.rest_fd = -1;
	}
}

/* Returns false if our program has said too much. */
static bool handle_link(const struct pollfd fds[EVENTS])
{
	if (run.relays)
		return relay_move(fds + ON_RELAY, now_ns(CLOCK_MONOTONIC));
	if (run.obeys && fds[ON_LINK].revents)
		obey(now_ns(CLOCK_MONOTONIC));
	if (run.obeys && fds[ON_REST].revents)
		drop_rest();
	return !run.exceeds_link;
}

/* Does what is due without an event. Returns when to do so next. */
static uint64_t look_after(uint64_t now)
{
	if (run.relays && relay_is_to_look(now) &&
	    input_end_program_waits(relay_input(), sandbox->isolation->main_pid(), cpu_spent(), now))
		relay_program_waits(now);
	if (run.relays)
		relay_ask(now);
	if (run.input.ends != INPUT_GOES_ON && run.input.size == 0)
		input_end_ask(run.input.ends, now);
	uint64_t next = input_end_next_ns();
	if (next <= now) {
		if (input_end_is_due(run.input.to, sandbox->isolation->main_pid(), cpu_spent(), now))
			interactive_end(&run.input);
		next = input_end_next_ns();
	}
	if (run.relays && relay_next_ns() < next)
		next = relay_next_ns();
	if (has_closed_output())
		tell_closed();
	else if (run.request.interactive && !run.obeys && !run.has_told_closed && (run.relays ? relay_output_ended() : streams[0].fd < 0))
		next = now + NS_PER_MS < next ? now + NS_PER_MS : next; /* its end will be seen soon */
	return next;
}

/* Sends what has come to the host, one frame at a time: what one stream offers holds the other up. */
static void pass_on(void)
{
	for (int i = 0; i < 3; i++)
		if (streams[(i + 1) % 2].offered == 0)
			stream_pass_on(&streams[i % 2], i % 2 ? FRAME_ERRORS : FRAME_OUTPUT);
}

/* Returns the cause if one of the events ends the run, else CAUSE_NONE. */
static enum cause handle_events(const struct pollfd fds[EVENTS])
{
	if (fds[ON_HOST].revents & (POLLHUP | POLLERR))
		_exit(0); /* no host is left to answer; the kernel kills the namespace with us */
	if (fds[ON_HOST].revents & POLLIN || fds[ON_PROGRAM_READS].revents)
		interactive_forward(&run.input);
	if (run.input.stops)
		return CAUSE_STOPPED;
	if (fds[ON_FORBIDDEN_CALL].revents & POLLIN &&
	    confine_forbidden_call(run.place->notify_fd, run.forbidden_call, DETAIL_MAX))
		return CAUSE_SYSCALL;
	bool within = handle_link(fds);
	for (int i = 0; i < 2; i++)
		if (fds[ON_STDOUT + i].revents)
			within &= stream_collect(&streams[i]);
	if (run.request.interactive && !run.request.linked)
		stream_pass_on(&streams[0], FRAME_OUTPUT);
	if (run.request.streams)
		pass_on();
	if (run.offers_closed)
		run.offers_closed = !send_offered();
	if (!within)
		return CAUSE_OUTPUT;
	if (fds[ON_END].revents)
		run.main_ended = sandbox->isolation->has_ended();
	return run.main_ended ? CAUSE_EXITED : CAUSE_NONE;
}

/* Waits for the first event that ends the run. Returns its cause; CAUSE_EXITED: the main process ended. */
static enum cause watch(void)
{
	uint64_t limit = run.request.wall_ms * NS_PER_MS, cpu_check = 0;
	for (;;) {
		struct pollfd fds[EVENTS];
		uint64_t now = now_ns(CLOCK_MONOTONIC), spent = wall_spent(now);
		if (spent >= limit) {
			run.waits = !input_end_anything_runs();
			return CAUSE_WALL_TIME;
		}
		if (is_out_of_cpu_time(now, &cpu_check))
			return CAUSE_CPU_TIME;
		uint64_t until = now + (limit - spent), next = run.request.interactive ? look_after(now) : UINT64_MAX;
		until = cpu_check < until ? cpu_check : until;
		until = next < until ? next : until;
		wait_for_events(fds, until > now ? until - now : 0);
		enum cause cause = handle_events(fds);
		if (cause != CAUSE_NONE)
			return cause;
	}
}

/* At a time limit, a runtime may hold output that the program wrote before the limit. Sends the flush signal, then
 * collects output for at most FLUSH_GRACE_MS. The program is killed afterwards in any case. */
static void let_flush(int signal)
{
	if (!sandbox->isolation->send_signal(signal))
		return;
	uint64_t deadline = now_ns(CLOCK_MONOTONIC) + FLUSH_GRACE_MS * NS_PER_MS;
	for (;;) {
		uint64_t now = now_ns(CLOCK_MONOTONIC);
		if (now >= deadline || run.main_ended)
			return;
		struct pollfd fds[] = {
			{.fd = run.place->event_fd, .events = POLLIN},
			{.fd = streams[0].fd, .events = POLLIN},
			{.fd = streams[1].fd, .events = POLLIN},
		};
		poll(fds, 3, (int)((deadline - now) / NS_PER_MS) + 1);
		if (!stream_collect(&streams[0]) || !stream_collect(&streams[1]))
			return;
		run.main_ended = sandbox->isolation->has_ended();
	}
}

/* ---------------------------------------------------------------- measuring a run that has ended */

/* Ends all processes of the run and closes its input. Returns false if a process did not die. */
static bool stop(enum cause first)
{
	if ((first == CAUSE_WALL_TIME || first == CAUSE_CPU_TIME) && run.request.flush_signal)
		let_flush(run.request.flush_signal);
	bool all_ended = sandbox->isolation->stop(REAP_TIMEOUT_MS, &run.reaped);
	interactive_end(&run.input);
	if (run.rest_fd >= 0)
		close(run.rest_fd);
	run.rest_fd = -1;
	return all_ended;
}

/* Moves what the program has said to the other one, which may be slow to read it. What a program had said that was
 * stopped has to be read soon. Returns false if it was too much. */
static bool relay_rest(enum cause first)
{
	uint64_t deadline = first == CAUSE_EXITED ? UINT64_MAX : now_ns(CLOCK_MONOTONIC) + REST_MS * NS_PER_MS;
	bool within = true;
	for (uint64_t now; relay_has_rest() && !run.input.stops && (now = now_ns(CLOCK_MONOTONIC)) < deadline;) {
		struct pollfd fds[RELAY_EVENTS + 1];
		relay_expect(fds);
		fds[RELAY_EVENTS] = (struct pollfd){.fd = STDIN_FILENO, .events = interactive_host_events(&run.input)};
		if (poll(fds, RELAY_EVENTS + 1, deadline == UINT64_MAX ? -1 : (int)((deadline - now) / NS_PER_MS) + 1) < 0)
			continue;
		if (fds[RELAY_EVENTS].revents & (POLLHUP | POLLERR))
			_exit(0);
		if (fds[RELAY_EVENTS].revents & POLLIN)
			interactive_forward(&run.input);
		within &= relay_move(fds, now);
	}
	relay_end();
	return within;
}

/* Reads the output that is still in the pipes. Returns true if the program exceeded a limit. */
static bool collect_rest(enum cause first)
{
	streams[0].hold = streams[1].hold = OUTPUT_MAX;
	bool within = run.relays ? relay_rest(first) : stream_collect(&streams[0]);
	within &= stream_collect(&streams[1]);
	return !within;
}

static uint32_t count_oom_kills(void)
{
	uint64_t end = account_oom_kills(&sandbox->account);
	return run.oom_kills == UNKNOWN_U64 || end == UNKNOWN_U64 ? UNKNOWN_U32 : (uint32_t)(end - run.oom_kills);
}

/* Reads the pipe only after the end of the main process: before that, its write end may be open and the read block. */
static void read_start_failure(void)
{
	ssize_t size = run.reaped.main_ended ? read(run.failure_fd, run.start_failure, DETAIL_MAX) : 0;
	run.start_failure[size > 0 ? size : 0] = '\0';
	close(run.failure_fd);
}

/* Collects the rest of the output and the final counters. Returns the facts that decide the cause. */
static struct facts measure(enum cause first, struct result *result)
{
	result->cpu_source = (uint8_t)sandbox->account.source;
	result->cpu_ns = cpu_spent();
	bool exceeds_output = collect_rest(first);
	result->heard = (uint8_t)input_end_heard();
	result->peak_rss_bytes = run.reaped.peak_rss_bytes;
	result->oom_kills = count_oom_kills();
	/* The kernel may have chosen the box's init. Nothing else ends it. */
	if (run.reaped.is_lost && (result->oom_kills == 0 || result->oom_kills == UNKNOWN_U32))
		refuse("the box ended by itself");
	read_start_failure();
	return (struct facts){
		.first = first,
		.exceeds_output = exceeds_output,
		.start_failure = run.start_failure,
		.forbidden_call = run.forbidden_call,
		.wait_status = run.reaped.main_status,
		.oom_kills = result->oom_kills,
		.filter_mode = sandbox->filter_mode,
	};
}

/* ---------------------------------------------------------------- answering */

static void send_result(const struct result *result)
{
	static uint8_t head[FRAME_HEADER_SIZE + RESULT_MAX];
	size_t size = result_encode(result, head + FRAME_HEADER_SIZE);
	size_t length = size + result->stdout_size + result->stderr_size;
	frame_header_encode((struct frame_header){.type = FRAME_RESULT, .length = (uint32_t)length}, head);
	struct iovec parts[3] = {
		{head, FRAME_HEADER_SIZE + size},
		{streams[0].bytes, result->stdout_size},
		{streams[1].bytes, result->stderr_size},
	};
	send_all(parts, 3);
}

/* Waits until the host closes the stream, then ends. Ending at once would cost the host 60 ms of CPU time to remove the
 * container, just while it handles the answer. Reads and drops what the host still sends: closing a connection with
 * unread data can lose the answer (RFC 2525, 2.17). */
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

static void add_outcome(struct result *result, const struct outcome *outcome)
{
	result->cause = (uint8_t)outcome->cause;
	result->exit_code = outcome->exit_code;
	result->signal = outcome->signal;
	bool waits = outcome->cause == CAUSE_WALL_TIME && run.waits;
	snprintf(result->detail, sizeof result->detail, "%s", waits ? "waiting" : outcome->detail);
}

static void add_output(struct result *result)
{
	if (run.request.interactive && !run.request.linked) {
		stream_pass_on_rest(&streams[0], FRAME_OUTPUT);
		send_frame(FRAME_OUTPUT, NULL, 0); /* its end, before the sandbox is emptied; the result comes after that */
	}
	if (run.request.streams) {
		bool errors_first = streams[1].offered > 0; /* the rest of a frame comes first */
		stream_pass_on_rest(&streams[errors_first], errors_first ? FRAME_ERRORS : FRAME_OUTPUT);
		stream_pass_on_rest(&streams[!errors_first], errors_first ? FRAME_OUTPUT : FRAME_ERRORS);
	}
	result->stdout_size = streams[0].size;
	result->stderr_size = streams[1].size;
	result->stdout_truncated = streams[0].truncated || (run.request.linked && result->cause == CAUSE_OUTPUT && !streams[1].truncated);
	result->stderr_truncated = streams[1].truncated;
}

/* Empties the sandbox if another run is to follow. Returns NULL, or the reason why none can. */
static const char *make_ready(bool all_ended)
{
	if (!all_ended)
		return "a process did not die";
	return run.request.again ? sandbox->isolation->make_ready() : NULL;
}

/* Sends the output, the files and the result. Returns if the sandbox is ready for another run, else ends zuko-init. */
static void answer(struct result *result, bool all_ended)
{
	add_output(result);
	if (all_ended && (run.request.collect ? result->cause != CAUSE_NOT_STARTED : result->cause == CAUSE_EXITED))
		artifacts_take(&run.request, run_workspace(), result->detail);
	const char *problem = make_ready(all_ended);
	result->again = run.request.again && !problem;
	send_result(result); /* even if a process did not die: the result is valid */
	if (run.request.again && problem)
		refuse("audit: %s", problem);
	if (!run.request.again)
		linger();
	stream_end(&streams[0]);
	stream_end(&streams[1]);
	interactive_discard_rest(&run.input);
	run.place = NULL;
	sandbox->isolation->after_answer();
}

void run_open(const struct sandbox *opened)
{
	sandbox = opened;
	stream_open(&streams[0]);
	stream_open(&streams[1]);
}

int run_workspace(void)
{
	if (!run.place)
		run.place = sandbox->isolation->open();
	return run.place->workspace_fd;
}

void run_abandon_place(void)
{
	run.place = NULL;
}

void run_handle(uint32_t size)
{
	struct result result = {0};
	receive_request(size);
	struct launch launch = prepare();
	start(&launch);
	enum cause first = watch();
	result.wall_ns = wall_spent(now_ns(CLOCK_MONOTONIC));
	bool all_ended = stop(first);
	struct facts facts = measure(first, &result);
	struct outcome outcome = cause_decide(&facts);
	add_outcome(&result, &outcome);
	answer(&result, all_ended);
}
