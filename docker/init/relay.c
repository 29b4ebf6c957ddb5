#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "descriptors.h"
#include "host.h"
#include "link.h"

#define PART 65536 /* bytes moved at a time; the room of a pipe */
#define ASK_NS (20 * 1000000ull) /* after so long without a word, and between two questions */

struct direction {
	int from, to; /* read end and write end; -1: closed */
	bool is_blocked; /* `to` is full */
	uint64_t moved, limit; /* bytes */
};

static struct {
	struct direction said, heard;
	bool has_told_end, has_told_excess;
	/* the word */
	bool is_others;
	bool is_asked;
	uint64_t since_ns, ask_ns, look_ns, paused_ns;
} relay = {.said = {-1, -1, false, 0, 0}, .heard = {-1, -1, false, 0, 0}};

static void open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe2");
}

static int unblocked(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
	return fd;
}

void relay_begin(uint32_t limit, int *in, int *out)
{
	int input[2], output[2], others_input[2], others_output[2];
	open_pipe(input);
	open_pipe(output);
	open_pipe(others_input);
	open_pipe(others_output);
	relay.said = (struct direction){
		.from = unblocked(output[0]), .to = unblocked(others_input[1]), .limit = limit};
	relay.heard = (struct direction){
		.from = unblocked(others_output[0]), .to = unblocked(input[1]), .limit = UINT64_MAX};
	relay.has_told_end = relay.has_told_excess = relay.is_others = relay.is_asked = false;
	relay.paused_ns = relay.look_ns = 0;
	const int fds[LINK_PIPES_COUNT] = {
		[LINK_IN] = others_input[0],
		[LINK_OUT] = others_output[1],
		[LINK_HOLD] = others_input[1],
		[LINK_REST] = others_output[0],
	};
	/* Without the other side, both programs hear the end of the other's output at once; the host ends them. */
	link_send_pipes(fds);
	close(others_input[0]);
	close(others_output[1]);
	*in = input[0];
	*out = output[1];
}

/* ---------------------------------------------------------------- the word */

static void give_word(uint64_t now)
{
	if (relay.is_others || relay.heard.from < 0 || descriptors_unread(relay.heard.to) > 0)
		return;
	relay.is_others = true;
	relay.is_asked = false;
	relay.since_ns = now;
	relay.ask_ns = now + ASK_NS;
}

bool relay_is_to_look(uint64_t now)
{
	if (relay.is_others || relay.heard.from < 0 || now < relay.look_ns)
		return false;
	relay.look_ns = now + ASK_NS;
	return true;
}

int relay_input(void)
{
	return relay.heard.to;
}

void relay_program_waits(uint64_t now)
{
	give_word(now);
	relay.ask_ns = now;
}

static void take_word(uint64_t now)
{
	if (!relay.is_others)
		return;
	relay.is_others = false;
	relay.paused_ns += now - relay.since_ns;
	relay.look_ns = now + ASK_NS;
}

uint64_t relay_paused_ns(uint64_t now)
{
	return relay.paused_ns + (relay.is_others ? now - relay.since_ns : 0);
}

uint64_t relay_next_ns(void)
{
	if (relay.is_others)
		return relay.is_asked ? UINT64_MAX : relay.ask_ns;
	return relay.heard.from < 0 ? UINT64_MAX : relay.look_ns;
}

void relay_ask(uint64_t now)
{
	if (!relay.is_others || relay.is_asked || now < relay.ask_ns)
		return;
	relay.is_asked = true;
	link_send(LINK_ASK, 0);
}

/* ---------------------------------------------------------------- moving */

enum moved { NOTHING, SOME, ENDED };

/* Reads and drops what no one reads. */
static enum moved drop(struct direction *way)
{
	ssize_t got = read(way->from, host_chunk, sizeof host_chunk);
	if (got > 0) {
		way->moved += (uint64_t)got;
		return SOME;
	}
	return got == 0 ? ENDED : NOTHING;
}

static enum moved move(struct direction *way)
{
	if (way->to < 0 || way->moved >= way->limit)
		return drop(way); /* one byte more than the limit distinguishes "exactly full" from "too much" */
	uint64_t left = way->limit - way->moved;
	ssize_t got = splice(way->from, NULL, way->to, NULL, left < PART ? left : PART, SPLICE_F_NONBLOCK);
	if (got > 0) {
		way->moved += (uint64_t)got;
		return SOME;
	}
	if (got == 0)
		return ENDED;
	if (errno == EPIPE)
		descriptors_close(&way->to);
	else
		way->is_blocked = errno == EAGAIN && descriptors_unread(way->from) > 0;
	return NOTHING;
}

static void expect(const struct direction *way, struct pollfd *from, struct pollfd *to)
{
	*from = (struct pollfd){.fd = way->is_blocked ? -1 : way->from, .events = POLLIN};
	/* poll(2) reports in any case that no one reads any more. */
	*to = (struct pollfd){.fd = way->from >= 0 ? way->to : -1, .events = way->is_blocked ? POLLOUT : 0};
}

void relay_expect(struct pollfd fds[RELAY_EVENTS])
{
	expect(&relay.said, &fds[RELAY_SAID], &fds[RELAY_TOLD]);
	expect(&relay.heard, &fds[RELAY_HEARD], &fds[RELAY_LISTENS]);
	fds[RELAY_LINK] = (struct pollfd){.fd = link_fd(), .events = POLLIN};
}

/* Returns what was moved after an event on one of its ends. */
static enum moved handle(struct direction *way, const struct pollfd *from, const struct pollfd *to)
{
	if (to->revents & (POLLERR | POLLHUP | POLLNVAL)) {
		descriptors_close(&way->to);
		way->is_blocked = false;
	} else if (to->revents) {
		way->is_blocked = false;
	}
	return (from->revents || to->revents) && way->from >= 0 ? move(way) : NOTHING;
}

static void take_messages(uint64_t now)
{
	struct link_message message;
	while (link_take(&message)) {
		if (message.kind == LINK_LIMIT)
			relay.heard.limit = message.value;
		/* It waits for more only if it has read all. */
		if (message.kind == LINK_WAITS && descriptors_unread(relay.said.to) == 0)
			take_word(now);
		if (message.kind == LINK_WAITS || message.kind == LINK_WORKS) {
			relay.is_asked = false;
			relay.ask_ns = now + ASK_NS;
		}
	}
	if (link_fd() < 0) { /* the other side is gone */
		descriptors_close(&relay.said.to);
		descriptors_close(&relay.heard.to);
		descriptors_close(&relay.heard.from);
		take_word(now);
	}
}

static void end_heard(uint64_t now)
{
	descriptors_close(&relay.heard.from);
	descriptors_close(&relay.heard.to);
	take_word(now);
}

static void check_excess(void)
{
	if (relay.heard.moved <= relay.heard.limit || relay.has_told_excess)
		return;
	relay.has_told_excess = true;
	link_send(LINK_EXCESS, 0);
}

bool relay_move(const struct pollfd fds[RELAY_EVENTS], uint64_t now)
{
	if (fds[RELAY_LINK].revents)
		take_messages(now);
	enum moved said = handle(&relay.said, &fds[RELAY_SAID], &fds[RELAY_TOLD]);
	if (said == SOME)
		give_word(now);
	if (said == ENDED)
		descriptors_close(&relay.said.from);
	if (relay.said.is_blocked)
		take_word(now); /* it says more than the other can read */
	enum moved heard = handle(&relay.heard, &fds[RELAY_HEARD], &fds[RELAY_LISTENS]);
	if (heard == SOME) {
		take_word(now);
		check_excess();
	}
	if (heard == ENDED)
		end_heard(now);
	return relay.said.moved <= relay.said.limit;
}

/* ---------------------------------------------------------------- the end */

bool relay_output_ended(void)
{
	return relay.said.from < 0 && !relay.has_told_end;
}

void relay_tell_closed(void)
{
	relay.has_told_end = true;
	descriptors_close(&relay.said.to);
	link_send(LINK_CLOSED, 0);
}

bool relay_has_rest(void)
{
	return relay.said.from >= 0 && relay.said.to >= 0;
}

void relay_end(void)
{
	descriptors_close(&relay.said.from);
	descriptors_close(&relay.said.to);
	descriptors_close(&relay.heard.to);
	descriptors_close(&relay.heard.from);
	link_send(LINK_OVER, 0);
}
