/*
 * One of the program's two output streams: read while it runs, kept up to its limit.
 *
 *   program ──> pipe ──> bytes ──> in the result, or, interactive, in output frames at once
 */
#ifndef ZUKO_STREAM_H
#define ZUKO_STREAM_H

#include <stdbool.h>
#include <stdint.h>

struct stream {
	int fd;         /* read end, -1 when closed */
	uint8_t *bytes; /* OUTPUT_MAX of address space; pages exist only where something was written */
	uint32_t size, limit;
	uint32_t hold;    /* the most that `size` may become */
	uint32_t offered; /* of `bytes`, to the host: an output frame that it has not taken yet */
	uint32_t passed;  /* to the host in output frames, and no longer in `bytes` */
	bool truncated;
};

/* Once, before the first run. */
void stream_open(struct stream *stream);

/* For a run: `read_end` of its pipe becomes the stream's; no more than `limit` is kept, `hold` of it at a time. */
void stream_begin(struct stream *stream, int read_end, uint32_t limit, uint32_t hold);

/* Reads what there is and finds room. False once the program has written more than it may. */
bool stream_collect(struct stream *stream);

/* What an interactive run has written goes to the host at once. While the host does not take it nothing more is read,
 * so the program waits in its turn, and its time passes. */
void stream_pass_on(struct stream *stream);

/* The rest of it, when the program has ended, and an empty frame, which says so: this is known before the sandbox is
 * emptied, and the result only after it. */
void stream_pass_on_rest(struct stream *stream);

/* After the run: forgets everything. */
void stream_end(struct stream *stream);

#endif
