#include "interactive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "host.h"

static void close_input(struct interactive_input *input)
{
	if (input->to >= 0)
		close(input->to);
	input->to = -1;
	input->at = input->size = 0;
}

void interactive_begin(struct interactive_input *input, bool active, int to)
{
	*input = (struct interactive_input){.active = active, .to = to};
	if (to >= 0 && fcntl(to, F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
}

short interactive_host_events(const struct interactive_input *input)
{
	return input->active && input->size == 0 ? POLLIN : 0;
}

/* Polls the pipe only if there is something to write: after its reader is gone, every poll would return at once. */
int interactive_pending_fd(const struct interactive_input *input)
{
	return input->size > 0 ? input->to : -1;
}

/* Reads at most `size` bytes from the host. Returns 0 if there are none now. Ends zuko-init at end of file. */
static size_t read_host(void *into, size_t size)
{
	ssize_t got = read(STDIN_FILENO, into, size);
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		_exit(0);
	return got > 0 ? (size_t)got : 0;
}

static void take_header(struct interactive_input *input)
{
	struct frame_header header = frame_header_decode(input->header);
	if (header.type != FRAME_TALK && header.type != FRAME_OVER && header.type != FRAME_STOP)
		refuse("a frame of type %u while a program runs", header.type);
	if (header.length > (header.type == FRAME_TALK ? TALK_MAX : 0))
		refuse("talk: frame is too long");
	input->header_size = 0;
	input->left = header.length;
	if (header.type == FRAME_STOP)
		input->stops = true;
	else if (header.length == 0)
		input->ends = header.type == FRAME_OVER ? INPUT_OVER : INPUT_CLOSED;
}

static void read_frame(struct interactive_input *input)
{
	if (input->left == 0) {
		input->header_size += read_host(input->header + input->header_size, FRAME_HEADER_SIZE - input->header_size);
		if (input->header_size < FRAME_HEADER_SIZE)
			return;
		take_header(input);
	}
	if (input->left == 0)
		return;
	size_t got = read_host(host_chunk, input->left < sizeof host_chunk ? input->left : sizeof host_chunk);
	input->left -= (uint32_t)got;
	input->size = input->to >= 0 && input->ends == INPUT_GOES_ON ? got : 0;
}

void interactive_forward(struct interactive_input *input)
{
	if (input->size == 0)
		read_frame(input);
	if (input->size == 0)
		return;
	/* EPIPE comes without a signal: SIGPIPE has no handler here, and PID 1 ignores signals at their default. */
	ssize_t put = write(input->to, host_chunk + input->at, input->size - input->at);
	if (put < 0 && errno != EAGAIN && errno != EINTR)
		close_input(input);
	else if (put > 0 && (input->at += (size_t)put) == input->size)
		input->at = input->size = 0;
}

void interactive_end(struct interactive_input *input)
{
	close_input(input);
}

void interactive_discard_rest(struct interactive_input *input)
{
	if (input->header_size > 0) {
		receive(input->header + input->header_size, FRAME_HEADER_SIZE - input->header_size);
		take_header(input);
	}
	receive_into(-1, input->left);
	input->left = 0;
}
