#include "host.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEND_TIMEOUT_MS 60000 /* a host that takes no byte of an answer for this long is gone */

int host_idle_ms = 600 * 1000;

uint64_t now_ns(clockid_t clock)
{
	struct timespec now = {0};
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* Writes all of it, or ends: a host that is gone or stuck gets no second attempt. */
void send_all(struct iovec *part, int parts)
{
	while (parts > 0) {
		ssize_t sent = writev(STDOUT_FILENO, part, parts);
		if (sent < 0) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN)
				_exit(0);
			struct pollfd wait[2] = {{.fd = STDOUT_FILENO, .events = POLLOUT}, {.fd = STDIN_FILENO}};
			int ready = poll(wait, 2, SEND_TIMEOUT_MS);
			if (ready == 0 || (wait[1].revents & POLLHUP) || (wait[0].revents & (POLLERR | POLLNVAL)))
				_exit(0);
			continue;
		}
		for (; parts > 0 && (size_t)sent >= part->iov_len; part++, parts--)
			sent -= (ssize_t)part->iov_len;
		if (parts > 0) {
			part->iov_base = (char *)part->iov_base + sent;
			part->iov_len -= (size_t)sent;
		}
	}
}

void send_frame(enum frame_type type, const void *payload, size_t size)
{
	uint8_t header[FRAME_HEADER_SIZE];
	frame_header_encode((struct frame_header){.type = (uint8_t)type, .length = (uint32_t)size}, header);
	struct iovec parts[2] = {{header, sizeof header}, {(void *)(uintptr_t)payload, size}};
	send_all(parts, 2);
}

/* Our own failure: the host hears the step and the error, and the sandbox ends. Never the program's fault. */
void die(const char *format, ...)
{
	char text[DETAIL_MAX + 1];
	int error = errno;
	va_list args;
	va_start(args, format);
	int length = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (length > 0 && (size_t)length < sizeof text && error != 0)
		snprintf(text + length, sizeof text - (size_t)length, ": %s", strerror(error));
	send_frame(FRAME_ERROR, text, strlen(text));
	_exit(1);
}

/* Exactly `size` bytes of the host's, or the end: end of file and idleness are how a sandbox is meant to end. */
void receive(void *into, size_t size)
{
	uint8_t *at = into;
	while (size > 0) {
		ssize_t got = read(STDIN_FILENO, at, size);
		if (got > 0) {
			at += got;
			size -= (size_t)got;
			continue;
		}
		if (got == 0)
			_exit(0);
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			_exit(0);
		struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
		if (poll(&wait, 1, host_idle_ms) == 0)
			_exit(0);
	}
}

/* The next `size` bytes of the host's into a file. False with errno: it would not take them (full); they are read
 * all the same, so that the stream stays in step. */
bool receive_into(int fd, size_t size)
{
	static uint8_t chunk[16384];
	int error = 0;
	while (size > 0) {
		size_t part = size < sizeof chunk ? size : sizeof chunk;
		receive(chunk, part);
		size -= part;
		for (size_t done = 0; done < part && fd >= 0 && !error;) {
			ssize_t put = write(fd, chunk + done, part - done);
			if (put < 0 && errno != EINTR)
				error = errno;
			else if (put > 0)
				done += (size_t)put;
		}
	}
	errno = error;
	return error == 0;
}
