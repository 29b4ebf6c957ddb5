/*
 * The listener's half of a link (link.h): moves what two programs say to each other, from pipe to pipe, and knows which
 * of them has the word.
 *
 *   our program's output  ── splice ──> the other's input       `said`
 *   our program's input  <── splice ──  the other's output      `heard`
 *
 * Nothing is copied or held: while a reader's pipe is full, its writer's is not read. After a program has ended or closed
 * its input, what is said to it is dropped, so that no writer gets SIGPIPE for being late.
 *
 * The wall time of our program stands still while the other one has the word: from the moment when something is said to it
 * and our program has read all that was said to it, or when our program is seen to wait, until the other one answers, or is
 * seen to wait for more. What our program does in that time does not matter: it may compute, for which there is another
 * limit, or wait.
 */
#ifndef ZUKO_RELAY_H
#define ZUKO_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

enum { RELAY_SAID, RELAY_TOLD, RELAY_HEARD, RELAY_LISTENS, RELAY_LINK, RELAY_EVENTS };

/* Begins a run: makes the pipes and sends the other its ends. `in` and `out` are for our program; -1 without a link.
 * Our program may say `limit` bytes. */
void relay_begin(uint32_t limit, int *in, int *out);

/* Fills in what to poll for. */
void relay_expect(struct pollfd fds[RELAY_EVENTS]);

/* Moves what it can without waiting. Returns false once our program has said too much. */
bool relay_move(const struct pollfd fds[RELAY_EVENTS], uint64_t now_ns);

/* Returns true if our program's output has ended, and the other does not know yet. */
bool relay_output_ended(void);
void relay_tell_closed(void);

/* Return the time for which the wall time stood still, and when it has to be looked at again; UINT64_MAX: not by itself. */
uint64_t relay_paused_ns(uint64_t now_ns);
uint64_t relay_next_ns(void);
/* Asks the other side if it is time to. */
void relay_ask(uint64_t now_ns);
/* Returns true if it is time to look whether our program waits for input, the pipe of which is returned by the next. */
bool relay_is_to_look(uint64_t now_ns);
int relay_input(void);
void relay_program_waits(uint64_t now_ns);

/* Returns true while something that our program has said is on its way to a program that may read it. */
bool relay_has_rest(void);

/* Ends the run; the other one has the pipes from now on. */
void relay_end(void);

#endif
