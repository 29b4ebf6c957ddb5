/*
 * Standard input of an interactive run: bytes that the host sends while the program is alive.
 *
 *   host ── talk frames ──> fd 0 ──> host_chunk ──> pipe ──> program
 *
 * zuko-init holds at most one chunk. While the program does not read, zuko-init does not read either, and the host has
 * to wait. An empty frame, or one that tells that the other program has ended, asks for the end of the program's input
 * (input_end.h). Bytes for a program that has ended or closed its input are read and dropped, so that the next byte after
 * them begins a frame. A stop frame asks for the end of the run.
 */
#ifndef ZUKO_INTERACTIVE_H
#define ZUKO_INTERACTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input_end.h"
#include "protocol.h"

struct interactive_input {
	bool active;
	int to;                            /* the program's standard input, -1: closed */
	uint8_t header[FRAME_HEADER_SIZE]; /* of the current frame */
	size_t header_size;                /* bytes received of an incomplete header, else 0 */
	uint32_t left;                     /* bytes of the current payload that are not received yet */
	size_t at, size;                   /* bytes of host_chunk: written, held */
	enum input_end_kind ends;          /* asked for */
	bool stops;                        /* the host has asked for the end of the run */
};

/* Begins a run. `to` is the write end of the program's standard input, to be closed here; -1: nothing is written. */
void interactive_begin(struct interactive_input *input, bool active, int to);

/* Return what to poll for: the events on the host's stream (POLLIN or 0), and the descriptor for POLLOUT (or -1). */
short interactive_host_events(const struct interactive_input *input);
int interactive_pending_fd(const struct interactive_input *input);

/* Forwards what it can without waiting, at most one frame. */
void interactive_forward(struct interactive_input *input);

/* Closes the input. A frame may still be incomplete. */
void interactive_end(struct interactive_input *input);

/* Receives and drops the rest of that frame. The host may be slow to send it, so send the answer first. */
void interactive_discard_rest(struct interactive_input *input);

#endif
