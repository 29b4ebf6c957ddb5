#include "run.h"

#include <time.h>

#include "answer.h"
#include "asleep.h"
#include "cause.h"
#include "current.h"
#include "host.h"
#include "measure.h"
#include "prepare.h"
#include "watch.h"

struct current run;
const struct sandbox *sandbox;
struct stream streams[2];

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
	prepare_receive(size);
	struct launch launch = prepare_launch();
	prepare_start(&launch);
	enum cause first = watch_run();
	asleep_end();
	result.wall_ns = watch_wall_ns(now_ns(CLOCK_MONOTONIC));
	bool all_ended = measure_stop(first);
	struct facts facts = measure_facts(first, &result);
	struct outcome outcome = cause_decide(&facts);
	answer_outcome(&result, &outcome);
	answer_result(&result, all_ended);
}
