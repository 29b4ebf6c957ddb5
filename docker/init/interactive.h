/*
 * An interactive run's standard input: bytes that the host sends while the program lives.
 *
 *   host ── talk frames ──> fd 0 ──> one chunk of ours ──> pipe ──> program
 *
 * No more than a chunk is held: while the program does not read, neither do we, and the host waits in its turn. An
 * empty frame is the end of the program's input. What comes for a program that has ended or closed its input is read
 * and dropped, so that the stream stays in step.
 */
#ifndef ZUKO_INTERACTIVE_H
#define ZUKO_INTERACTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct interactive_input {
	bool active;
	int to;                            /* the program's standard input, -1: closed */
	uint8_t header[FRAME_HEADER_SIZE]; /* of the frame that is being read */
	size_t header_size;                /* bytes of it that are here; 0 when it is complete */
	uint32_t left;                     /* of a frame's payload, still to come */
	size_t at, size;                   /* of host_chunk: written, held */
};

/* `to` is the write end of the program's standard input, which we close; -1: the run is not interactive. */
void interactive_begin(struct interactive_input *input, int to);

/* What to poll for: POLLIN or 0 on the host's stream; the descriptor to be polled for POLLOUT, or -1. */
short interactive_host_events(const struct interactive_input *input);
int interactive_pending_fd(const struct interactive_input *input);

/* Moves what can be moved without waiting, one frame at the most. */
void interactive_forward(struct interactive_input *input);

/* When the program has ended: closes its input. A frame may still be on its way. */
void interactive_end(struct interactive_input *input);

/* Reads the rest of that frame: the host may take its time for it, so an answer does not wait for this. */
void interactive_discard_rest(struct interactive_input *input);

#endif
