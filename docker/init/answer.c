#include "answer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "artifacts.h"
#include "current.h"
#include "host.h"

#define LINGER_MS 1000 /* for the host to hang up after its last answer */

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

void answer_outcome(struct result *result, const struct outcome *outcome)
{
	result->cause = (uint8_t)outcome->cause;
	result->exit_code = outcome->exit_code;
	result->signal = outcome->signal;
	if (outcome->cause != CAUSE_WALL_TIME)
		snprintf(result->detail, sizeof result->detail, "%s", outcome->detail);
	else if (run.waits)
		snprintf(result->detail, sizeof result->detail, "waiting");
	else if (run.without_core_ns >= NS_PER_MS)
		snprintf(result->detail, sizeof result->detail, "without a core for %llu ms",
			 (unsigned long long)(run.without_core_ns / NS_PER_MS));
}

static void add_output(struct result *result)
{
	bool talks = run.request.interactive && !run.request.linked;
	if (run.request.streams) {
		bool errors_first = streams[1].offered > 0; /* the rest of a frame comes first */
		stream_pass_on_rest(&streams[errors_first], errors_first ? FRAME_ERRORS : FRAME_OUTPUT);
		stream_pass_on_rest(&streams[!errors_first], errors_first ? FRAME_OUTPUT : FRAME_ERRORS);
	} else if (talks) {
		stream_pass_on_rest(&streams[0], FRAME_OUTPUT);
	}
	if (talks)
		send_frame(FRAME_OUTPUT, NULL, 0); /* its end, before the sandbox is emptied; the result comes after that */
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

void answer_result(struct result *result, bool all_ended)
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
