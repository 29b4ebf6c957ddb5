/*
 * The stream to the host: frames out, bytes in. zuko-init ends when either fails.
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

extern int host_idle_ms; /* zuko-init ends if the host sends no byte for this long */

uint64_t now_ns(clockid_t clock);

/* A shared buffer, for one purpose at a time: each page that we touch adds to every program's peak RSS. */
extern uint8_t host_chunk[16384];

/* Writes all parts. Ends zuko-init if the host is gone or does not read. Changes `part`. */
void send_all(struct iovec *part, int parts);
void send_frame(enum frame_type type, const void *payload, size_t size);

/* Sends a frame without waiting for a slow host: each `send_offered` writes what fits now, and returns true once all is
 * written. `payload` has to stay until then. The calls above write the rest of an offered frame first. */
void offer_frame(enum frame_type type, const void *payload, size_t size);
bool send_offered(void);

/* Sends an empty frame if no other is on its way and the host takes it at once. Returns false if not. */
bool send_now(enum frame_type type);

/* Reads exactly `size` bytes. Ends zuko-init at end of file or after `host_idle_ms`: a sandbox normally ends so. */
void receive(void *into, size_t size);

/* Copies the next `size` bytes to a file; drops them if fd is -1. Returns false with errno if the file cannot take them
 * (full). Reads all of them in any case, so that the next byte begins a frame. */
bool receive_into(int fd, size_t size);

/* Sends an error frame with the step and errno, then ends zuko-init. For our own failures, never for the program's.
 * `refuse` is for mistakes of the host: it leaves errno out. */
__attribute__((format(printf, 1, 2), noreturn)) void die(const char *format, ...);
#define refuse(...) (errno = 0, die(__VA_ARGS__))

#endif
