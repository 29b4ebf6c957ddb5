/*
 * Why a run ended, decided from what was observed. Pure: facts in, outcome out.
 *
 * The first cause wins (docs/reference/protocol.md, "Outcomes"):
 *   1. the event that ended the watch, unless that was the end of the main process
 *   2. more output than allowed, found in the pipes after that end
 *   3. a failure to start the program
 *   4. the end of the main process: memory if the OOM killer explains it, a forbidden call if SIGSYS does, else an exit
 *      or a signal
 */
#ifndef ZUKO_CAUSE_H
#define ZUKO_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

struct facts {
	enum cause first;           /* of the events watched for; CAUSE_EXITED: the main process ended */
	bool exceeds_output;        /* after the end, the pipes held more than the limits allow */
	const char *start_failure;  /* "step: error"; "": the program was started */
	const char *forbidden_call; /* its name, for CAUSE_SYSCALL */
	int wait_status;            /* of the main process, see wait(2) */
	uint32_t oom_kills;         /* during the run; UNKNOWN_U32: not counted here */
	enum filter_mode filter_mode;
};

struct outcome {
	enum cause cause;
	int32_t exit_code;  /* -1: it did not exit */
	int32_t signal;     /* 0: none */
	const char *detail; /* one of the strings of `facts`, or a constant */
};

struct outcome cause_decide(const struct facts *facts);

#endif
