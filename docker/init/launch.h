/*
 * The child, from fork to execve: a list of set-up steps, one concern each, in order.
 */
#ifndef ZUKO_LAUNCH_H
#define ZUKO_LAUNCH_H

#include "protocol.h"

struct launch {
	int in, out, err;
	int failure;    /* close-on-exec; carries "step: error" when one fails */
	int program_fd; /* a kept program; -1: argv[0] is a path, or no program of this name is kept */
	int ruleset_fd; /* Landlock ruleset; -1: none */
	int proc_fd;    /* a /proc that shows this process and can be written to */
	char *const *argv, *const *envp;
	bool is_interactive; /* standard input is a pipe, not a file */
	struct process_limits limits;
};

/* All steps before execve. A process that is forked from a warm runtime ends here. */
void launch_prepare(const struct launch *launch);

__attribute__((noreturn)) void launch_program(const struct launch *launch);

#endif
