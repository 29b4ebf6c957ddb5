#include "prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "asleep.h"
#include "confine.h"
#include "current.h"
#include "host.h"
#include "link.h"
#include "relay.h"
#include "store.h"
#include "submission.h"

void prepare_receive(uint32_t size)
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

struct launch prepare_launch(void)
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

void prepare_start(const struct launch *launch)
{
	run.main_ended = run.waits = false;
	*run.forbidden_call = *run.start_failure = '\0';

	run.oom_kills = account_oom_kills(&sandbox->account);
	/* In the other order than at the end (watch_cpu_ns): what is subtracted is never more than what was counted. */
	run.cgroup_cpu_ns = account_cpu_ns(&sandbox->account);
	run.own_cpu_ns = sandbox->isolation->own_cpu_ns();
	run.kept_off = account_kept_off(&sandbox->account);
	run.start_ns = now_ns(CLOCK_MONOTONIC);

	asleep_begin(run.start_ns);

	sandbox->isolation->start(launch);
	close(launch->in);
	close(launch->out);
	close(launch->err);
	close(launch->failure);
}
