#include "descriptors.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COLLECT_MS 1000

union control {
	struct cmsghdr header; /* for its alignment */
	char room[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
};

int descriptors_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

int descriptors_send(int to, const struct iovec *parts, size_t part_count, const int *fds, size_t fd_count)
{
	union control control;
	int waited_ms = 0;
	struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = part_count};
	if (fd_count > 0) {
		memset(&control, 0, sizeof control);
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
	}
	for (;;) {
		if (sendmsg(to, &message, MSG_NOSIGNAL) >= 0)
			return 0;
		/* Descriptors on their way are limited for each uid. Those that the last run sent to itself count until the kernel
		 * collects them, which it begins to do at the end of a box. */
		if (errno == ETOOMANYREFS && waited_ms++ < COLLECT_MS)
			nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
		else if (errno != EINTR)
			return -1;
	}
}

ssize_t descriptors_receive(int from, void *into, size_t size, int *fds, size_t fd_max, int flags)
{
	union control control;
	struct iovec part = {into, size};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	for (size_t i = 0; i < fd_max; i++)
		fds[i] = -1;
	ssize_t got;
	do
		got = recvmsg(from, &message, flags | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return got;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
			if (i < fd_max)
				fds[i] = fd;
			else
				close(fd);
		}
	}
	return got;
}

bool descriptors_readable(int fd, int timeout_ms)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int ready;
	do
		ready = poll(&wait, 1, timeout_ms);
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

int descriptors_unread(int pipe)
{
	int bytes = 0;
	return pipe >= 0 && ioctl(pipe, FIONREAD, &bytes) == 0 ? bytes : 0;
}

void descriptors_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
