/*
 * One of the program's two output streams. It is read while the program runs, and kept up to its limit.
 *
 *   program ──> pipe ──> bytes ──> the result; in an interactive run, output frames at once
 */
#ifndef ZUKO_STREAM_H
#define ZUKO_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

struct stream {
	int fd;         /* read end; -1: closed */
	uint8_t *bytes; /* OUTPUT_MAX of address space; pages exist only where something was written */
	uint32_t size, limit;
	uint32_t hold;    /* upper bound of `size` */
	uint32_t offered; /* bytes of an output frame that the host has not read yet; still in `bytes` */
	uint32_t passed;  /* bytes that the host has read in output frames; no longer in `bytes` */
	bool truncated;
};

/* Call once, before the first run. */
void stream_open(struct stream *stream);

/* Begins a run. The stream owns `read_end` of its pipe from now on; -1: it is read elsewhere. It keeps at most `limit`
 * bytes in all, and at most `hold` bytes at a time. */
void stream_begin(struct stream *stream, int read_end, uint32_t limit, uint32_t hold);

/* Reads what is in the pipe, as far as there is room. Returns false once the program has exceeded its limit. */
bool stream_collect(struct stream *stream);

/* Sends the output of a run to the host while that goes on, in frames of this type. While the host does not read it,
 * zuko-init does not read the pipe either: the program blocks once the pipe is full, and its wall time goes on. */
void stream_pass_on(struct stream *stream, enum frame_type type);

/* Sends the rest after the end of the program. */
void stream_pass_on_rest(struct stream *stream, enum frame_type type);

/* Ends the run: forgets everything. */
void stream_end(struct stream *stream);

#endif
