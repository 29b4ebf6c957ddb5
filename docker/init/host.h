/*
 * The stream to the host: frames out, bytes in, and our own end when something is wrong with either.
 */
#ifndef ZUKO_HOST_H
#define ZUKO_HOST_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <time.h>

#include "protocol.h"

extern int host_idle_ms; /* without a byte from the host for this long, zuko-init ends */

uint64_t now_ns(clockid_t clock);

/* Room for bytes on their way, for one purpose at a time: each page that we touch is in every program's peak RSS. */
extern uint8_t host_chunk[16384];

/* Writes all of it, or ends: a host that is gone or stuck gets no second attempt. Uses up `part`. */
void send_all(struct iovec *part, int parts);
void send_frame(enum frame_type type, const void *payload, size_t size);

/* A frame that the host may take its time for: `send_offered` writes what it takes now, and tells whether that was all.
 * `payload` has to stay until then. What is sent meanwhile by the calls above comes after it. */
void offer_frame(enum frame_type type, const void *payload, size_t size);
bool send_offered(void);

/* Exactly `size` bytes of the host's, or the end: end of file and idleness are how a sandbox is meant to end. */
void receive(void *into, size_t size);

/* The next `size` bytes of the host's into a file, or to nowhere where fd is -1. False with errno: it would not take
 * them (full); they are read all the same, so that the stream stays in step. */
bool receive_into(int fd, size_t size);

/* Our own failure: the host hears the step and the error, and the sandbox ends. Never the program's fault. `refuse`
 * is for what the host got wrong: there is no errno in it. */
__attribute__((format(printf, 1, 2), noreturn)) void die(const char *format, ...);
#define refuse(...) (errno = 0, die(__VA_ARGS__))

#endif
