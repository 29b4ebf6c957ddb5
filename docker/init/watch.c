#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "asleep.h"
#include "confine.h"
#include "current.h"
#include "host.h"
#include "link.h"
#include "relay.h"

#define FLUSH_GRACE_MS 50 /* for the runtime to flush its buffers at a time limit */

uint64_t watch_cpu_ns(void)
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
	uint64_t spent = watch_cpu_ns();
	if (spent != UNKNOWN_U64 && spent >= limit)
		return true;
	/* On one core the limit cannot be reached earlier. With several cores it is noticed a little later. */
	uint64_t left = spent == UNKNOWN_U64 ? limit : limit - spent;
	*next_check = now + (left > NS_PER_MS ? left : NS_PER_MS);
	return false;
}

/* Returns the wall time since the start of the run, without that of the other program (relay.h). */
static uint64_t wall_ns(uint64_t now)
{
	return now - run.start_ns - (run.relays ? relay_paused_ns(now) : 0);
}

uint64_t watch_wall_ns(uint64_t now)
{
	uint64_t wall = wall_ns(now), kept_off = account_kept_off_ns(&sandbox->account, run.kept_off);
	if (kept_off == 0)
		return wall;
	uint64_t cpu = watch_cpu_ns(), rest = wall > kept_off ? wall - kept_off : 0;
	return cpu != UNKNOWN_U64 && cpu > rest ? cpu : rest;
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

/* Returns true if a closed output is still to be reported: not to a host that reads both outputs. */
static bool tells_closed(void)
{
	return run.request.interactive && !run.request.streams && !run.obeys && !run.has_told_closed;
}

/* Returns true if our program has closed its output and does not just end. The kernel closes the files of a process
 * before its end can be seen. */
static bool has_closed_output(void)
{
	bool has_ended = run.relays ? relay_output_ended() : streams[0].fd < 0 && streams[0].size == 0;
	return tells_closed() && has_ended && !run.main_ended && !input_end_is_exiting(sandbox->isolation->main_pid());
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
			bool waits = input_end_program_waits(run.input.to, sandbox->isolation->main_pid(), watch_cpu_ns(), now);
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
	    input_end_program_waits(relay_input(), sandbox->isolation->main_pid(), watch_cpu_ns(), now))
		relay_program_waits(now);
	if (run.relays)
		relay_ask(now);
	if (run.input.ends != INPUT_GOES_ON && run.input.size == 0)
		input_end_ask(run.input.ends, now);
	uint64_t next = input_end_next_ns();
	if (next <= now) {
		if (input_end_is_due(run.input.to, sandbox->isolation->main_pid(), watch_cpu_ns(), now))
			interactive_end(&run.input);
		next = input_end_next_ns();
	}
	if (run.relays && relay_next_ns() < next)
		next = relay_next_ns();
	if (has_closed_output())
		tell_closed();
	else if (tells_closed() && (run.relays ? relay_output_ended() : streams[0].fd < 0))
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
	if (run.request.streams)
		pass_on();
	else if (run.request.interactive && !run.request.linked)
		stream_pass_on(&streams[0], FRAME_OUTPUT);
	if (run.offers_closed)
		run.offers_closed = !send_offered();
	if (!within)
		return CAUSE_OUTPUT;
	if (fds[ON_END].revents)
		run.main_ended = sandbox->isolation->has_ended();
	return run.main_ended ? CAUSE_EXITED : CAUSE_NONE;
}

/* Looks at the program before it is ended at its wall time limit. Time that did not count, as its core was lent, is not
 * time without a core. */
static void look_at_limit(void)
{
	uint64_t lent = account_kept_off_ns(&sandbox->account, run.kept_off);
	uint64_t without_core = input_end_without_core_ns(sandbox->isolation->main_pid());
	run.waits = !input_end_anything_runs();
	run.without_core_ns = without_core > lent ? without_core - lent : 0;
}

enum cause watch_run(void)
{
	uint64_t limit = run.request.wall_ms * NS_PER_MS, cpu_check = 0;
	for (;;) {
		struct pollfd fds[EVENTS];
		uint64_t now = now_ns(CLOCK_MONOTONIC), spent = wall_ns(now);
		if (spent >= limit)
			spent = watch_wall_ns(now);
		if (spent >= limit) {
			look_at_limit();
			return CAUSE_WALL_TIME;
		}
		if (is_out_of_cpu_time(now, &cpu_check))
			return CAUSE_CPU_TIME;
		uint64_t until = now + (limit - spent), next = run.request.interactive ? look_after(now) : UINT64_MAX;
		until = cpu_check < until ? cpu_check : until;
		until = next < until ? next : until;
		next = asleep_look(now);
		until = next < until ? next : until;
		wait_for_events(fds, until > now ? until - now : 0);
		enum cause cause = handle_events(fds);
		if (cause != CAUSE_NONE)
			return cause;
	}
}

void watch_flush(int signal)
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
