/*
 * An interactive run's standard input: bytes that the host sends while the program lives.
 *
 *   host ── talk frames ──> fd 0 ──> one chunk of ours ──> pipe ──> program
 *
 * No more than a chunk is held: while the program does not read, neither do we, and the host waits in its turn. An
 * empty frame is the end of the program's input. What comes for a program that has ended or closed its input is read
 * and dropped, so that the stream stays in step.
 */
#ifndef ZUKO_TALK_H
#define ZUKO_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct talk {
	bool on;
	int to;                              /* the program's standard input, -1: closed */
	uint8_t header[FRAME_HEADER_SIZE];   /* of the frame that is being read */
	size_t header_size;                  /* bytes of it that are here */
	uint32_t left;                       /* of its payload, still to come */
	uint8_t chunk[16384];
	size_t at, size;                     /* of the chunk: written, held */
};

/* `to` is the write end of the program's standard input, -1: the run is not interactive. */
void talk_begin(struct talk *talk, int to);

/* What to poll for: POLLIN or 0 on the host's stream; the descriptor to be polled for POLLOUT, or -1. */
short talk_wants_host(const struct talk *talk);
int talk_wants_program(const struct talk *talk);

/* Moves what can be moved without waiting. */
void talk_move(struct talk *talk);

/* Closes the program's input and reads the rest of a frame that is on its way. */
void talk_end(struct talk *talk);

#endif
