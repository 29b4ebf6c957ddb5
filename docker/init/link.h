/*
 * A link to another zuko-init: two programs that talk are then joined without the host in between.
 *
 *   program ──> pipe ──> the listener's zuko-init (relay.c) ──> pipe ──> the other program
 *           <── pipe <──                                    <── pipe <──
 *
 * The containers of both share a network namespace, in which no program is: a box has its own. There the listener binds
 * an abstract socket whose name the host has chosen at random, and the other one connects to it once. Each linked run
 * begins with the pipes, which the listener makes and sends; then both tell each other what the other cannot see.
 */
#ifndef ZUKO_LINK_H
#define ZUKO_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define LINK_TIMEOUT_MS 10000 /* for the other side to begin its run, once both were asked to */

enum link_kind {
	/* the listener to the other */
	LINK_PIPES = 'P',  /* a run begins; descriptors: enum link_pipe */
	LINK_CLOSED = 'c', /* its program has closed its output */
	LINK_OVER = 'e',   /* its program has ended, and the pipes are the other's from now on */
	LINK_ASK = 'q',    /* does your program wait? */
	LINK_EXCESS = 'o', /* your program has written too much */
	/* the other to the listener */
	LINK_LIMIT = 'l', /* value: bytes that its program may write */
	LINK_WAITS = 'w',
	LINK_WORKS = 'b',
};

/* The pipes of a run, as the listener sends them. */
enum link_pipe {
	LINK_IN,      /* read end: standard input of the other's program */
	LINK_OUT,     /* write end: its standard output */
	LINK_HOLD,    /* write end of the first: it is closed, as the end of the input, once the program waits */
	LINK_REST,    /* read end of the second: what is written after the listener's run is dropped */
	LINK_PIPES_COUNT
};

struct link_message {
	enum link_kind kind;
	uint32_t run; /* number of the run that it is about */
	uint64_t value;
};

/* Make the link, or replace the one that is there. Return NULL, or why there is none. */
const char *link_listen(const char *name);
const char *link_connect(const char *name);
void link_drop(void);

bool link_is_listener(void);

/* Returns the descriptor to poll for messages; -1: there is no link, or the other side is gone. */
int link_fd(void);

/* Begin a run: the listener sends the pipes, the other one waits for them. Return false if the other side is gone. */
bool link_send_pipes(const int fds[LINK_PIPES_COUNT]);
bool link_receive_pipes(int fds[LINK_PIPES_COUNT]);

void link_send(enum link_kind kind, uint64_t value);

/* Takes the next message about the current run, without waiting. Returns false if there is none. */
bool link_take(struct link_message *message);

#endif
