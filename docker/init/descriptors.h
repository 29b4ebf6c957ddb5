/*
 * Messages with descriptors (unix(7), SCM_RIGHTS) over a pair of sockets that keep messages apart (SOCK_SEQPACKET).
 */
#ifndef ZUKO_DESCRIPTORS_H
#define ZUKO_DESCRIPTORS_H

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

#endif
