#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host.h"
#include "protocol.h"

void stream_open(struct stream *stream)
{
	stream->fd = -1;
	stream->bytes =
		mmap(NULL, OUTPUT_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stream->bytes == MAP_FAILED)
		die("mmap");
}

void stream_begin(struct stream *stream, int read_end, uint32_t limit, uint32_t hold)
{
	if (read_end >= 0 && fcntl(read_end, F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
	*stream = (struct stream){.fd = read_end, .bytes = stream->bytes, .limit = limit, .hold = hold};
}

bool stream_collect(struct stream *stream)
{
	while (stream->fd >= 0) {
		/* Reading one byte more than the limit distinguishes "exactly full" from "too much". */
		uint32_t left = stream->limit - stream->passed - stream->size, room = stream->hold - stream->size;
		static uint8_t excess[1];
		struct iovec into[2] = {{stream->bytes + stream->size, left < room ? left : room}, {excess, left <= room}};
		if (room == 0 && left > 0)
			return true;
		ssize_t got = readv(stream->fd, into, 2);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return true; /* EAGAIN: the pipe is empty */
		if (got == 0) {
			close(stream->fd);
			stream->fd = -1;
			return true;
		}
		if ((size_t)got > into[0].iov_len) {
			stream->size += left;
			stream->truncated = true;
			return false;
		}
		stream->size += (uint32_t)got;
	}
	return true;
}

void stream_pass_on(struct stream *stream, enum frame_type type)
{
	if (stream->offered == 0 && stream->size > 0) {
		stream->offered = stream->size;
		offer_frame(type, stream->bytes, stream->size);
	}
	if (stream->offered > 0 && send_offered()) {
		stream->passed += stream->offered;
		stream->size = stream->offered = 0;
	}
}

void stream_pass_on_rest(struct stream *stream, enum frame_type type)
{
	for (uint32_t at = stream->offered, part; at < stream->size; at += part) {
		part = stream->size - at < TALK_MAX ? stream->size - at : TALK_MAX;
		send_frame(type, stream->bytes + at, part);
	}
	stream->passed += stream->size;
	stream->size = stream->offered = 0;
}

void stream_end(struct stream *stream)
{
	if (stream->fd >= 0)
		close(stream->fd);
	stream->fd = -1;
	/* Return the pages: they would count in the next program's peak RSS, and in the sandbox's memory. */
	if (stream->size || stream->passed)
		madvise(stream->bytes, stream->limit, MADV_DONTNEED);
}
