#include "measure.h"

#include <poll.h>
#include <unistd.h>

#include "current.h"
#include "host.h"
#include "relay.h"
#include "watch.h"

#define REAP_TIMEOUT_MS 10000 /* for killed processes to disappear; after that, the kernel has a problem */
#define REST_MS 1000          /* for the other program to read what a program had said that was stopped */

bool measure_stop(enum cause first)
{
	if ((first == CAUSE_WALL_TIME || first == CAUSE_CPU_TIME) && run.request.flush_signal)
		watch_flush(run.request.flush_signal);
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

struct facts measure_facts(enum cause first, struct result *result)
{
	result->cpu_source = (uint8_t)sandbox->account.source;
	result->cpu_ns = watch_cpu_ns();
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
