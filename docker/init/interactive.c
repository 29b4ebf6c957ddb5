#include "interactive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "host.h"

static void close_input(struct talk *talk)
{
	if (talk->to >= 0)
		close(talk->to);
	talk->to = -1;
	talk->at = talk->size = 0;
}

void talk_begin(struct talk *talk, int to)
{
	*talk = (struct talk){.on = to >= 0, .to = to};
	if (talk->on && fcntl(to, F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
}

short talk_wants_host(const struct talk *talk)
{
	return talk->on && talk->size == 0 ? POLLIN : 0;
}

/* With nothing to be written it is not polled: a reader that is gone would be told of without end. */
int talk_wants_program(const struct talk *talk)
{
	return talk->size > 0 ? talk->to : -1;
}

/* At most `size` bytes of the host's, 0: none now. End of file is our end. */
static size_t read_host(void *into, size_t size)
{
	ssize_t got = read(STDIN_FILENO, into, size);
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		_exit(0);
	return got > 0 ? (size_t)got : 0;
}

static void take_header(struct talk *talk)
{
	struct frame_header header = frame_header_decode(talk->header);
	if (header.type != FRAME_TALK)
		refuse("a frame of type %u while a program runs", header.type);
	if (header.length > TALK_MAX)
		refuse("talk: frame is too long");
	talk->header_size = 0;
	talk->left = header.length;
	if (header.length == 0)
		close_input(talk);
}

static void read_frame(struct talk *talk)
{
	if (talk->left == 0) {
		talk->header_size += read_host(talk->header + talk->header_size, FRAME_HEADER_SIZE - talk->header_size);
		if (talk->header_size < FRAME_HEADER_SIZE)
			return;
		take_header(talk);
	}
	if (talk->left == 0)
		return;
	size_t got = read_host(host_chunk, talk->left < sizeof host_chunk ? talk->left : sizeof host_chunk);
	talk->left -= (uint32_t)got;
	talk->size = talk->to >= 0 ? got : 0;
}

void talk_move(struct talk *talk)
{
	if (talk->size == 0)
		read_frame(talk);
	if (talk->size == 0)
		return;
	/* EPIPE comes without a signal: PID 1 has no handler for SIGPIPE, and its default does not count for PID 1. */
	ssize_t put = write(talk->to, host_chunk + talk->at, talk->size - talk->at);
	if (put < 0 && errno != EAGAIN && errno != EINTR)
		close_input(talk);
	else if (put > 0 && (talk->at += (size_t)put) == talk->size)
		talk->at = talk->size = 0;
}

void talk_end(struct talk *talk)
{
	close_input(talk);
}

void talk_catch_up(struct talk *talk)
{
	if (talk->header_size > 0) {
		receive(talk->header + talk->header_size, FRAME_HEADER_SIZE - talk->header_size);
		take_header(talk);
	}
	receive_into(-1, talk->left);
	talk->left = 0;
}
