#include "host.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEND_TIMEOUT_MS 60000 /* a host that reads no byte for this long is gone */

int host_idle_ms = 600 * 1000;
uint8_t host_chunk[16384];

static struct {
	uint8_t header[FRAME_HEADER_SIZE];
	struct iovec part[2];
	int next; /* index of the part to be written next; 2: nothing is offered */
} offered = {.next = 2};

uint64_t now_ns(clockid_t clock)
{
	struct timespec now = {0};
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* Writes what fits without waiting. Returns how many parts are written whole; the next one is shortened to its rest. */
static int send_some(struct iovec *part, int parts)
{
	for (int gone = 0;;) {
		while (gone < parts && part[gone].iov_len == 0)
			gone++;
		if (gone == parts)
			return gone;
		ssize_t sent = writev(STDOUT_FILENO, part + gone, parts - gone);
		if (sent < 0 && errno == EAGAIN)
			return gone;
		if (sent < 0 && errno != EINTR)
			_exit(0);
		for (int at = gone; sent > 0; at++) {
			size_t whole = (size_t)sent < part[at].iov_len ? (size_t)sent : part[at].iov_len;
			part[at].iov_base = (char *)part[at].iov_base + whole;
			part[at].iov_len -= whole;
			sent -= (ssize_t)whole;
		}
	}
}

static void send_parts(struct iovec *part, int parts)
{
	for (int gone; (gone = send_some(part, parts)) < parts;) {
		part += gone;
		parts -= gone;
		struct pollfd wait[2] = {{.fd = STDOUT_FILENO, .events = POLLOUT}, {.fd = STDIN_FILENO}};
		int ready = poll(wait, 2, SEND_TIMEOUT_MS);
		if (ready == 0 || (wait[1].revents & POLLHUP) || (wait[0].revents & (POLLERR | POLLNVAL)))
			_exit(0);
	}
}

void send_all(struct iovec *part, int parts)
{
	if (!send_offered())
		send_parts(offered.part + offered.next, 2 - offered.next);
	offered.next = 2;
	send_parts(part, parts);
}

void offer_frame(enum frame_type type, const void *payload, size_t size)
{
	frame_header_encode((struct frame_header){.type = (uint8_t)type, .length = (uint32_t)size}, offered.header);
	offered.part[0] = (struct iovec){offered.header, sizeof offered.header};
	offered.part[1] = (struct iovec){(void *)(uintptr_t)payload, size};
	offered.next = 0;
}

bool send_offered(void)
{
	offered.next += send_some(offered.part + offered.next, 2 - offered.next);
	return offered.next == 2;
}

bool send_now(enum frame_type type)
{
	if (offered.next < 2)
		return false;
	offer_frame(type, NULL, 0);
	if (!send_offered() && offered.part[0].iov_len == FRAME_HEADER_SIZE) {
		offered.next = 2; /* nothing of it is on its way */
		return false;
	}
	if (offered.next < 2)
		send_all(NULL, 0);
	return true;
}

void send_frame(enum frame_type type, const void *payload, size_t size)
{
	uint8_t header[FRAME_HEADER_SIZE];
	frame_header_encode((struct frame_header){.type = (uint8_t)type, .length = (uint32_t)size}, header);
	struct iovec parts[2] = {{header, sizeof header}, {(void *)(uintptr_t)payload, size}};
	send_all(parts, 2);
}

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

bool receive_into(int fd, size_t size)
{
	int error = 0;
	while (size > 0) {
		size_t part = size < sizeof host_chunk ? size : sizeof host_chunk;
		receive(host_chunk, part);
		size -= part;
		for (size_t done = 0; done < part && fd >= 0 && !error;) {
			ssize_t put = write(fd, host_chunk + done, part - done);
			if (put < 0 && errno != EINTR)
				error = errno;
			else if (put > 0)
				done += (size_t)put;
		}
	}
	errno = error;
	return error == 0;
}
