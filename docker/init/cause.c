#include "cause.h"

#include <signal.h>
#include <sys/wait.h>

static enum cause first_cause(const struct facts *facts)
{
	if (facts->first != CAUSE_EXITED)
		return facts->first;
	if (facts->exceeds_output)
		return CAUSE_OUTPUT;
	if (*facts->start_failure)
		return CAUSE_NOT_STARTED;
	return WIFEXITED(facts->wait_status) ? CAUSE_EXITED : CAUSE_SIGNALLED;
}

/* A program that lost a child to the OOM killer, coped and exited with 0 has not failed for memory. One that ended by
 * a signal other than the OOM killer's ended for another reason. */
static bool was_ended_by_oom_killer(const struct facts *facts, const struct outcome *outcome)
{
	if (facts->oom_kills == UNKNOWN_U32 || facts->oom_kills == 0)
		return false;
	return outcome->cause == CAUSE_SIGNALLED ? outcome->signal == SIGKILL
						 : outcome->cause == CAUSE_EXITED && outcome->exit_code != 0;
}

struct outcome cause_decide(const struct facts *facts)
{
	struct outcome outcome = {.cause = first_cause(facts), .exit_code = -1, .detail = ""};

	if (outcome.cause == CAUSE_NOT_STARTED) {
		outcome.detail = facts->start_failure;
		return outcome;
	}
	if (outcome.cause == CAUSE_SYSCALL)
		outcome.detail = facts->forbidden_call;

	/* At another limit the signal is ours, whatever the runtime made of the flush signal. */
	if (WIFEXITED(facts->wait_status) && (outcome.cause == CAUSE_EXITED || outcome.cause == CAUSE_OUTPUT))
		outcome.exit_code = WEXITSTATUS(facts->wait_status);
	else
		outcome.signal = outcome.cause == CAUSE_SIGNALLED ? WTERMSIG(facts->wait_status) : SIGKILL;

	if (was_ended_by_oom_killer(facts, &outcome)) {
		outcome.cause = CAUSE_MEMORY;
	} else if (outcome.cause == CAUSE_SIGNALLED && outcome.signal == SIGSYS && facts->filter_mode == FILTER_KILL) {
		outcome.cause = CAUSE_SYSCALL;
		outcome.detail = "a system call (this runtime does not say which)";
	}
	return outcome;
}
