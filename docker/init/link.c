#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "descriptors.h"
#include "host.h"

static struct {
	int fd;           /* connected; -1: not yet, or the other side is gone */
	int listening_fd; /* of the listener, until it is connected */
	bool is_listener;
	uint32_t run;
} peer = {.fd = -1, .listening_fd = -1};

void link_drop(void)
{
	descriptors_close(&peer.fd);
	descriptors_close(&peer.listening_fd);
	peer.run = 0;
}

static const char *failure(const char *step)
{
	static char text[DETAIL_MAX + 1];
	snprintf(text, sizeof text, "%s: %s", step, strerror(errno));
	link_drop();
	return text;
}

/* Fills in the address of an abstract socket. Returns its length; 0: the name is too long. */
static socklen_t address_of(const char *name, struct sockaddr_un *address)
{
	size_t length = strlen(name);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (length == 0 || length >= sizeof address->sun_path)
		return 0;
	memcpy(address->sun_path + 1, name, length);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

const char *link_listen(const char *name)
{
	struct sockaddr_un address;
	socklen_t length = address_of(name, &address);
	link_drop();
	if (length == 0)
		return "link: not a name";
	peer.is_listener = true;
	peer.listening_fd = open_socket();
	if (peer.listening_fd < 0)
		return failure("socket");
	if (bind(peer.listening_fd, (struct sockaddr *)&address, length) < 0 || listen(peer.listening_fd, 1) < 0)
		return failure("listen");
	return NULL;
}

const char *link_connect(const char *name)
{
	struct sockaddr_un address;
	socklen_t length = address_of(name, &address);
	link_drop();
	if (length == 0)
		return "link: not a name";
	peer.is_listener = false;
	peer.fd = open_socket();
	if (peer.fd < 0)
		return failure("socket");
	/* The other one listens already, so it takes us at once. */
	if (connect(peer.fd, (struct sockaddr *)&address, length) < 0)
		return failure("connect");
	return NULL;
}

bool link_is_listener(void)
{
	return peer.is_listener;
}

int link_fd(void)
{
	return peer.fd;
}

/* Takes the connection of the other side, which is there by the first run. */
static void accept_peer(void)
{
	if (peer.fd >= 0 || peer.listening_fd < 0 || !descriptors_readable(peer.listening_fd, LINK_TIMEOUT_MS))
		return;
	peer.fd = accept4(peer.listening_fd, NULL, NULL, SOCK_CLOEXEC);
	descriptors_close(&peer.listening_fd);
}

static bool send_message(const struct link_message *message, const int *fds, size_t fd_count)
{
	if (peer.fd < 0)
		return false;
	if (descriptors_send(peer.fd, &(struct iovec){(void *)(uintptr_t)message, sizeof *message}, 1, fds, fd_count) == 0)
		return true;
	descriptors_close(&peer.fd);
	return false;
}

bool link_send_pipes(const int fds[LINK_PIPES_COUNT])
{
	accept_peer();
	return send_message(&(struct link_message){.kind = LINK_PIPES, .run = ++peer.run}, fds, LINK_PIPES_COUNT);
}

/* What is left of an earlier run is passed over. */
bool link_receive_pipes(int fds[LINK_PIPES_COUNT])
{
	struct link_message message;
	while (peer.fd >= 0 && descriptors_readable(peer.fd, LINK_TIMEOUT_MS)) {
		if (descriptors_receive(peer.fd, &message, sizeof message, fds, LINK_PIPES_COUNT, MSG_DONTWAIT) != sizeof message)
			break;
		if (message.kind == LINK_PIPES) {
			peer.run = message.run;
			return true;
		}
	}
	descriptors_close(&peer.fd);
	return false;
}

void link_send(enum link_kind kind, uint64_t value)
{
	send_message(&(struct link_message){.kind = kind, .run = peer.run, .value = value}, NULL, 0);
}

bool link_take(struct link_message *message)
{
	while (peer.fd >= 0) {
		ssize_t got = descriptors_receive(peer.fd, message, sizeof *message, NULL, 0, MSG_DONTWAIT);
		if (got < 0 && errno == EAGAIN)
			return false;
		if (got != sizeof *message)
			descriptors_close(&peer.fd);
		else if (message->run == peer.run)
			return true;
	}
	return false;
}
