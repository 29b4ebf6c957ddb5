/*
 * Descriptors: messages with them (unix(7), SCM_RIGHTS) over a pair of sockets that keep messages apart (SOCK_SEQPACKET),
 * and what is asked of one.
 */
#ifndef ZUKO_DESCRIPTORS_H
#define ZUKO_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#define DESCRIPTORS_MAX 8

/* Returns 0, or -1 with errno. */
int descriptors_pair(int ends[2]);

/* Sends one message. Returns 0, or -1 with errno. */
int descriptors_send(int to, const struct iovec *parts, size_t part_count, const int *fds, size_t fd_count);

/* Receives one message; at most `fd_max` descriptors, close-on-exec; missing ones become -1. `flags` as for recv(2).
 * Returns its size; 0: the other end is closed; -1 with errno. */
ssize_t descriptors_receive(int from, void *into, size_t size, int *fds, size_t fd_max, int flags);

/* Waits for something to read, or for the other end to close. Returns false if neither happens in time. */
bool descriptors_readable(int fd, int timeout_ms);

/* Returns how many bytes a pipe holds, by either end; 0: none, or it is closed (-1). */
int descriptors_unread(int pipe);

/* Closes a descriptor, unless that has been done (-1). */
void descriptors_close(int *fd);

#endif
