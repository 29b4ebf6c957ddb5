/*
 * cause.c against a table: facts, and the outcome that has to follow from them.
 *
 *   cause        checks each row, then claims that hold for every combination of facts. Prints a line for each that
 *                fails and ends with status 1; else prints how many of both there were.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "../cause.h"

#define EXIT(code) ((code) << 8) /* as wait(2) reports it */
#define DUMPED 0x80
#define NAMELESS "a system call (this runtime does not say which)"
#define COUNT(array) (sizeof(array) / sizeof *(array))

#define EXITED .first = CAUSE_EXITED

static const struct {
	const char *name;
	struct facts facts; /* left out: "" and FILTER_NOTIFY */
	struct outcome expected;
} rows[] = {
	/* the main process ended */
	{"exit code 0", {EXITED}, {CAUSE_EXITED, 0, 0, ""}},
	{"exit code 1", {EXITED, .wait_status = EXIT(1)}, {CAUSE_EXITED, 1, 0, ""}},
	{"exit code 255", {EXITED, .wait_status = EXIT(255)}, {CAUSE_EXITED, 255, 0, ""}},
	{"an exit code as of a signal in a shell", {EXITED, .wait_status = EXIT(137)}, {CAUSE_EXITED, 137, 0, ""}},
	{"SIGSEGV", {EXITED, .wait_status = SIGSEGV}, {CAUSE_SIGNALLED, -1, SIGSEGV, ""}},
	{"SIGABRT with a core dump", {EXITED, .wait_status = SIGABRT | DUMPED}, {CAUSE_SIGNALLED, -1, SIGABRT, ""}},
	{"the last real-time signal", {EXITED, .wait_status = 64}, {CAUSE_SIGNALLED, -1, 64, ""}},
	{"SIGKILL of its own", {EXITED, .wait_status = SIGKILL}, {CAUSE_SIGNALLED, -1, SIGKILL, ""}},

	/* an event came first: the signal is ours, and nothing that is seen later counts */
	{"wall time", {.first = CAUSE_WALL_TIME, .wait_status = SIGKILL}, {CAUSE_WALL_TIME, -1, SIGKILL, ""}},
	{"wall time, then an exit at the flush signal", {.first = CAUSE_WALL_TIME, .wait_status = EXIT(5)},
	 {CAUSE_WALL_TIME, -1, SIGKILL, ""}},
	{"wall time, then death by the flush signal", {.first = CAUSE_WALL_TIME, .wait_status = 64},
	 {CAUSE_WALL_TIME, -1, SIGKILL, ""}},
	{"wall time, then too much output",
	 {.first = CAUSE_WALL_TIME, .wait_status = SIGKILL, .exceeds_output = true},
	 {CAUSE_WALL_TIME, -1, SIGKILL, ""}},
	{"wall time, with an OOM kill", {.first = CAUSE_WALL_TIME, .wait_status = SIGKILL, .oom_kills = 1},
	 {CAUSE_WALL_TIME, -1, SIGKILL, ""}},
	{"wall time before the set-up failed",
	 {.first = CAUSE_WALL_TIME, .wait_status = EXIT(127), .start_failure = "dup2: Bad file descriptor"},
	 {CAUSE_WALL_TIME, -1, SIGKILL, ""}},
	{"wall time, then SIGSYS",
	 {.first = CAUSE_WALL_TIME, .wait_status = SIGSYS, .filter_mode = FILTER_KILL},
	 {CAUSE_WALL_TIME, -1, SIGKILL, ""}},
	{"CPU time", {.first = CAUSE_CPU_TIME, .wait_status = SIGKILL}, {CAUSE_CPU_TIME, -1, SIGKILL, ""}},
	{"CPU time, with an OOM kill", {.first = CAUSE_CPU_TIME, .wait_status = SIGKILL, .oom_kills = 1},
	 {CAUSE_CPU_TIME, -1, SIGKILL, ""}},
	{"forbidden call", {.first = CAUSE_SYSCALL, .wait_status = SIGKILL, .forbidden_call = "ptrace"},
	 {CAUSE_SYSCALL, -1, SIGKILL, "ptrace"}},
	{"forbidden call of a child while its parent exits",
	 {.first = CAUSE_SYSCALL, .wait_status = EXIT(0), .forbidden_call = "bpf"},
	 {CAUSE_SYSCALL, -1, SIGKILL, "bpf"}},
	{"forbidden call, with an OOM kill",
	 {.first = CAUSE_SYSCALL, .wait_status = SIGKILL, .forbidden_call = "mount", .oom_kills = 1},
	 {CAUSE_SYSCALL, -1, SIGKILL, "mount"}},

	/* output: the program may have ended by itself meanwhile, and keeps its exit code */
	{"output while it ran", {.first = CAUSE_OUTPUT, .wait_status = SIGKILL}, {CAUSE_OUTPUT, -1, SIGKILL, ""}},
	{"output, then an exit before our signal", {.first = CAUSE_OUTPUT, .wait_status = EXIT(3)},
	 {CAUSE_OUTPUT, 3, 0, ""}},
	{"output, then SIGPIPE", {.first = CAUSE_OUTPUT, .wait_status = SIGPIPE}, {CAUSE_OUTPUT, -1, SIGKILL, ""}},
	{"output in the pipes after an exit", {EXITED, .exceeds_output = true}, {CAUSE_OUTPUT, 0, 0, ""}},
	{"output in the pipes after a bad exit", {EXITED, .exceeds_output = true, .wait_status = EXIT(1)},
	 {CAUSE_OUTPUT, 1, 0, ""}},
	{"output in the pipes after SIGSEGV", {EXITED, .exceeds_output = true, .wait_status = SIGSEGV},
	 {CAUSE_OUTPUT, -1, SIGKILL, ""}},
	{"output, with an OOM kill",
	 {EXITED, .exceeds_output = true, .wait_status = SIGKILL, .oom_kills = 1}, {CAUSE_OUTPUT, -1, SIGKILL, ""}},
	{"output, then SIGSYS",
	 {EXITED, .exceeds_output = true, .wait_status = SIGSYS, .filter_mode = FILTER_KILL},
	 {CAUSE_OUTPUT, -1, SIGKILL, ""}},
	{"output, and a failure to start",
	 {EXITED, .exceeds_output = true, .wait_status = EXIT(127), .start_failure = "execve: Text file busy"},
	 {CAUSE_OUTPUT, 127, 0, ""}},

	/* not started */
	{"execve failed", {EXITED, .wait_status = EXIT(127), .start_failure = "execve: No such file or directory"},
	 {CAUSE_NOT_STARTED, -1, 0, "execve: No such file or directory"}},
	{"the set-up failed, and was killed for memory",
	 {EXITED, .wait_status = SIGKILL, .start_failure = "setsid: Operation not permitted", .oom_kills = 1},
	 {CAUSE_NOT_STARTED, -1, 0, "setsid: Operation not permitted"}},
	{"a program that exits like a failed start", {EXITED, .wait_status = EXIT(127)}, {CAUSE_EXITED, 127, 0, ""}},

	/* memory: an OOM kill of any process, if the program then ended badly */
	{"OOM kill of the program", {EXITED, .wait_status = SIGKILL, .oom_kills = 1}, {CAUSE_MEMORY, -1, SIGKILL, ""}},
	{"OOM kill of a child, then a bad exit", {EXITED, .wait_status = EXIT(1), .oom_kills = 1},
	 {CAUSE_MEMORY, 1, 0, ""}},
	{"OOM kill of a child, with which the program coped", {EXITED, .oom_kills = 5}, {CAUSE_EXITED, 0, 0, ""}},
	{"OOM kill of a child, then SIGABRT", {EXITED, .wait_status = SIGABRT, .oom_kills = 1},
	 {CAUSE_SIGNALLED, -1, SIGABRT, ""}},
	{"SIGKILL where OOM kills are not counted", {EXITED, .wait_status = SIGKILL, .oom_kills = UNKNOWN_U32},
	 {CAUSE_SIGNALLED, -1, SIGKILL, ""}},
	{"a bad exit where OOM kills are not counted", {EXITED, .wait_status = EXIT(1), .oom_kills = UNKNOWN_U32},
	 {CAUSE_EXITED, 1, 0, ""}},

	/* a filter that kills */
	{"SIGSYS in filter mode kill", {EXITED, .wait_status = SIGSYS, .filter_mode = FILTER_KILL},
	 {CAUSE_SYSCALL, -1, SIGSYS, NAMELESS}},
	{"SIGSYS with a core dump", {EXITED, .wait_status = SIGSYS | DUMPED, .filter_mode = FILTER_KILL},
	 {CAUSE_SYSCALL, -1, SIGSYS, NAMELESS}},
	{"SIGSYS in filter mode kill, with an OOM kill",
	 {EXITED, .wait_status = SIGSYS, .filter_mode = FILTER_KILL, .oom_kills = 1},
	 {CAUSE_SYSCALL, -1, SIGSYS, NAMELESS}},
	{"SIGSEGV in filter mode kill", {EXITED, .wait_status = SIGSEGV, .filter_mode = FILTER_KILL},
	 {CAUSE_SIGNALLED, -1, SIGSEGV, ""}},
	{"SIGSYS in filter mode notify", {EXITED, .wait_status = SIGSYS}, {CAUSE_SIGNALLED, -1, SIGSYS, ""}},
	{"an exit code as of SIGSYS", {EXITED, .wait_status = EXIT(SIGSYS), .filter_mode = FILTER_KILL},
	 {CAUSE_EXITED, SIGSYS, 0, ""}},
};

static int failures;

static void check_row(size_t i)
{
	struct facts facts = rows[i].facts;
	facts.start_failure = facts.start_failure ? facts.start_failure : "";
	facts.forbidden_call = facts.forbidden_call ? facts.forbidden_call : "";
	facts.filter_mode = facts.filter_mode ? facts.filter_mode : FILTER_NOTIFY;
	const struct outcome *expected = &rows[i].expected, got = cause_decide(&facts);
	if (got.cause == expected->cause && got.exit_code == expected->exit_code && got.signal == expected->signal &&
	    strcmp(got.detail, expected->detail) == 0)
		return;
	failures++;
	printf("%s: cause %d, exit code %d, signal %d, detail \"%s\"; expected %d, %d, %d, \"%s\"\n", rows[i].name,
	       got.cause, got.exit_code, got.signal, got.detail, expected->cause, expected->exit_code, expected->signal,
	       expected->detail);
}

static void check_claims(const struct facts *facts)
{
	struct outcome got = cause_decide(facts);
	bool has_detail = got.cause == CAUSE_SYSCALL || got.cause == CAUSE_NOT_STARTED;
	const char *broken = NULL;
	if (facts->first != CAUSE_EXITED && got.cause != facts->first)
		broken = "the first event is not the cause";
	else if ((got.exit_code >= 0) + (got.signal > 0) != (got.cause != CAUSE_NOT_STARTED))
		broken = "not either an exit code or a signal";
	else if ((*got.detail != '\0') != has_detail)
		broken = "a detail where there is none, or none where there is one";
	else if (got.cause == CAUSE_EXITED && got.exit_code != WEXITSTATUS(facts->wait_status))
		broken = "another exit code";
	else if (got.cause == CAUSE_SIGNALLED && got.signal != WTERMSIG(facts->wait_status))
		broken = "another signal";
	else if (got.cause == CAUSE_MEMORY && (facts->oom_kills == 0 || facts->oom_kills == UNKNOWN_U32))
		broken = "memory without an OOM kill";
	if (!broken)
		return;
	failures++;
	printf("%s: first %d, output %d, start failure \"%s\", wait status %#x, OOM kills %u, filter mode %d\n", broken,
	       facts->first, facts->exceeds_output, facts->start_failure, (unsigned)facts->wait_status, facts->oom_kills,
	       facts->filter_mode);
}

/* Calls check_claims with every combination. Returns their number. */
static unsigned long check_combinations(void)
{
	static const enum cause firsts[] = {CAUSE_EXITED, CAUSE_WALL_TIME, CAUSE_CPU_TIME, CAUSE_OUTPUT, CAUSE_SYSCALL};
	static const uint32_t oom_kills[] = {0, 1, UNKNOWN_U32 - 1, UNKNOWN_U32};
	static const char *const start_failures[] = {"", "execve: Permission denied"};
	unsigned long count = 0;
	/* Of the numbers, 0 to 255 are exit codes and the rest signals. */
	for (size_t number = 0; number < 256 + 64; number++)
		for (size_t rest = 0; rest < COUNT(firsts) * COUNT(oom_kills) * 8; rest++, count++) {
			enum cause first = firsts[rest / 8 % COUNT(firsts)];
			check_claims(&(struct facts){
				.first = first,
				.exceeds_output = rest & 1,
				.start_failure = start_failures[rest >> 1 & 1],
				.forbidden_call = first == CAUSE_SYSCALL ? "ptrace" : "",
				.wait_status = number < 256 ? EXIT((int)number) : (int)number - 255,
				.oom_kills = oom_kills[rest / 8 / COUNT(firsts)],
				.filter_mode = rest & 4 ? FILTER_KILL : FILTER_NOTIFY,
			});
		}
	return count;
}

int main(void)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(i);
	unsigned long combinations = check_combinations();
	if (failures == 0)
		printf("%zu rows, %lu combinations\n", COUNT(rows), combinations);
	return failures > 0;
}
