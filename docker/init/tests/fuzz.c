/*
 * Fuzzes everything in zuko-init that reads bytes from the host.
 *
 * Reads each input three times: as one payload, by each decoder; as a stream of frames, as the main loop does; and as
 * the input of an interactive run (interactive.c), in pieces and into a pipe that is read now and then. Payloads are
 * copied to buffers of exactly their size, so that ASan reports one byte too many. Aborts if a decoder accepts a
 * payload and breaks a promise to its caller.
 *
 * `make fuzz` runs clang's libFuzzer for FUZZ_SECONDS, starting from tests/golden/; replay.c does without clang.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host.h"
#include "../interactive.h"
#include "../protocol.h"

#define CLAIM(condition) \
	do { \
		if (!(condition)) \
			broken(#condition); \
	} while (0)

__attribute__((noreturn)) static void broken(const char *claim)
{
	fprintf(stderr, "does not hold: %s\n", claim);
	abort();
}

static uint8_t *copy_of(const uint8_t *bytes, size_t size, size_t room)
{
	uint8_t *copy = malloc(size + room ? size + room : 1);
	if (!copy)
		err(2, "malloc");
	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

/* Returns whether no part of a path is empty or leads out of the workspace. */
static bool is_inside(const char *path)
{
	char parts[NAME_MAX_BYTES + 3];
	snprintf(parts, sizeof parts, "/%s/", path);
	return !strstr(parts, "//") && !strstr(parts, "/./") && !strstr(parts, "/../");
}

static void try_file(const uint8_t *bytes, size_t size)
{
	struct file_header file;
	uint8_t *payload = copy_of(bytes, size, 0);
	const char *problem = file_header_decode(payload, size, &file);
	CLAIM(!problem || strncmp(problem, "file: ", 6) == 0);
	if (!problem) {
		size_t length = strlen(file.name);
		CLAIM(length >= 1 && length <= NAME_MAX_BYTES);
		CLAIM(is_inside(file.name));
		CLAIM(file.mode <= 0777);
		CLAIM(file.size == 4 + length && file.size <= size);
		CLAIM(memcmp(file.name, payload + 4, length) == 0);
		/* The encoder writes what the decoder reads. */
		uint8_t *again = malloc(4 + NAME_MAX_BYTES);
		if (!again)
			err(2, "malloc");
		CLAIM(file_header_encode(file.mode, file.name, again) == file.size);
		CLAIM(memcmp(again, payload, file.size) == 0);
		free(again);
	}
	free(payload);
}

/* Checks that the strings follow each other in the payload, each with its NUL, none beyond the spare byte behind it. */
static const char *try_strings(char **strings, const char *after, const char *end, size_t *count)
{
	for (; *strings; strings++, ++*count) {
		CLAIM(*strings >= after && *strings <= end);
		after = *strings + strlen(*strings) + 1;
		CLAIM(after <= end + 1);
	}
	return after;
}

static void try_run(const uint8_t *bytes, size_t size)
{
	static struct run_request run;
	if (size > CONTROL_MAX)
		return;
	memset(&run, 0xa5, sizeof run); /* so that no pointer of the last request can be taken for one of this */
	uint8_t *payload = copy_of(bytes, size, 1);
	const char *problem = run_request_decode(payload, size, &run);
	CLAIM(!problem || *problem);
	if (!problem) {
		size_t count = 0;
		const char *end = (const char *)payload + size;
		CLAIM(run.argv[0]);
		const char *after = try_strings(run.argv, (const char *)payload, end, &count);
		after = try_strings(run.envp, after, end, &count);
		after = try_strings(run.take, after, end, &count);
		CLAIM(after == end + 1);
		CLAIM(count <= STRINGS_MAX);
		for (char **name = run.take; *name; name++) {
			CLAIM(**name && strlen(*name) <= NAME_MAX_BYTES && is_inside(*name));
		}
		CLAIM(run.wall_ms > 0);
		CLAIM(run.stdout_limit <= OUTPUT_MAX && run.stderr_limit <= OUTPUT_MAX);
		CLAIM(run.flush_signal <= 64);
	}
	free(payload);
}

static void try_link(const uint8_t *bytes, size_t size)
{
	struct link_request link;
	uint8_t *payload = copy_of(bytes, size, 0);
	if (link_request_decode(payload, size, &link) == NULL)
		CLAIM(strlen(link.name) == size - 1 && size - 1 <= LINK_NAME_MAX);
	free(payload);
}

static void try_warm(const uint8_t *bytes, size_t size)
{
	static struct warm_request warm;
	if (size > WARM_MAX)
		return;
	memset(&warm, 0xa5, sizeof warm);
	uint8_t *payload = copy_of(bytes, size, 1);
	const char *problem = warm_request_decode(payload, size, &warm);
	CLAIM(!problem || *problem);
	if (!problem) {
		size_t count = 0;
		const char *end = (const char *)payload + size;
		CLAIM(warm.argv[0]);
		char *path[] = {warm.path, NULL};
		const char *after = try_strings(path, (const char *)payload, end, &count);
		after = try_strings(warm.argv, after, end, &count);
		after = try_strings(warm.envp, after, end, &count);
		CLAIM(after == end + 1);
		CLAIM(count <= STRINGS_MAX + 1);
	}
	free(payload);
}

/* Checks that every hello fits into HELLO_MAX and has the returned size. */
static void try_hello(const uint8_t *bytes, size_t size)
{
	struct hello hello = {0};
	uint8_t *out = malloc(HELLO_MAX);
	if (!out)
		err(2, "malloc");
	for (size_t i = 0; i < size && i < sizeof hello.detail; i++)
		hello.detail[i] = (char)bytes[i];
	CLAIM(hello_encode(&hello, out) == HELLO_MAX - DETAIL_MAX + strnlen(hello.detail, DETAIL_MAX));
	free(out);
}

/* Checks that every result fits into RESULT_MAX and has the returned size. */
static void try_result(const uint8_t *bytes, size_t size)
{
	struct result result;
	uint8_t *out = malloc(RESULT_MAX);
	if (!out)
		err(2, "malloc");
	memset(&result, 0, sizeof result);
	for (size_t i = 0; i < size && i < sizeof result.detail; i++)
		result.detail[i] = (char)bytes[i];
	if (size >= 16)
		memcpy(&result.cpu_ns, bytes + 8, 8);
	size_t detail = strnlen(result.detail, DETAIL_MAX);
	CLAIM(result_encode(&result, out) == RESULT_MAX - DETAIL_MAX + detail);
	free(out);
}

static void try_stream(const uint8_t *bytes, size_t size)
{
	while (size >= FRAME_HEADER_SIZE) {
		struct frame_header header = frame_header_decode(bytes);
		uint8_t again[FRAME_HEADER_SIZE];
		frame_header_encode(header, again);
		CLAIM(memcmp(again, bytes, sizeof again) == 0);
		if (!frame_type_is_request(header.type))
			return; /* zuko-init gives up here */
		bytes += FRAME_HEADER_SIZE;
		size -= FRAME_HEADER_SIZE;
		size_t length = header.length < size ? header.length : size;
		if (header.type == FRAME_FILE || header.type == FRAME_KEEP)
			try_file(bytes, length);
		else if (header.type == FRAME_RUN)
			try_run(bytes, length);
		else if (header.type == FRAME_WARM)
			try_warm(bytes, length);
		else if (header.type == FRAME_LINK)
			try_link(bytes, length);
		bytes += length;
		size -= length;
	}
}

/* ---------------------------------------------------------------- host.c, replaced for interactive.c */

uint8_t host_chunk[16384];
static jmp_buf refused;
static size_t received; /* bytes that interactive.c waited for */

void die(const char *format, ...)
{
	(void)format;
	longjmp(refused, 1);
}

void receive(void *into, size_t size)
{
	memset(into, 0, size);
	received += size;
}

bool receive_into(int fd, size_t size)
{
	CLAIM(fd == -1);
	received += size;
	return true;
}

#define TALK_INPUT_MAX 4096u /* less than a pipe holds */

/* Writes what the program has to receive of a stream of talk frames. Returns true if one of them has to be refused.
 * `missing` is the size of the part of the last payload that is not in the stream. */
static bool expected_input(const uint8_t *bytes, size_t size, uint8_t *out, size_t *count, size_t *missing)
{
	bool closed = false;
	*count = *missing = 0;
	while (size >= FRAME_HEADER_SIZE) {
		struct frame_header header = frame_header_decode(bytes);
		bool is_talk = header.type == FRAME_TALK;
		if (!is_talk && header.type != FRAME_OVER && header.type != FRAME_STOP)
			return true;
		if (header.length > (is_talk ? TALK_MAX : 0))
			return true;
		closed |= header.length == 0 && header.type != FRAME_STOP;
		bytes += FRAME_HEADER_SIZE;
		size -= FRAME_HEADER_SIZE;
		size_t part = header.length < size ? header.length : size;
		if (!closed) {
			memcpy(out + *count, bytes, part);
			*count += part;
		}
		*missing = header.length - part;
		bytes += part;
		size -= part;
	}
	return false;
}

static void open_pipe(int ends[2])
{
	if (pipe2(ends, O_NONBLOCK) < 0)
		err(2, "pipe2");
}

static size_t drain(int fd, uint8_t *out)
{
	ssize_t got = read(fd, out, TALK_INPUT_MAX);
	return got > 0 ? (size_t)got : 0;
}

static void try_interactive(const uint8_t *bytes, size_t size)
{
	static uint8_t expected[TALK_INPUT_MAX], got[2 * TALK_INPUT_MAX];
	static struct interactive_input input;
	static int host[2], program[2];
	static volatile size_t sent, count;
	size_t wanted, missing;
	if (size > TALK_INPUT_MAX)
		return;
	bool bad = expected_input(bytes, size, expected, &wanted, &missing);
	open_pipe(host);
	open_pipe(program);
	if (dup2(host[0], STDIN_FILENO) < 0)
		err(2, "dup2");
	interactive_begin(&input, true, program[1]);
	sent = count = received = 0;
	if (setjmp(refused) == 0) {
		/* The input itself decides the sizes of the pieces. Three calls forward most of a piece. */
		for (size_t piece; sent < size; sent += piece) {
			piece = 1 + bytes[sent] % 32u;
			piece = piece < size - sent ? piece : size - sent;
			CLAIM(write(host[1], bytes + sent, piece) == (ssize_t)piece);
			for (int i = 0; i < 3; i++) {
				CLAIM(interactive_pending_fd(&input) == -1 || input.size > 0);
				if (interactive_host_events(&input) || interactive_pending_fd(&input) >= 0)
					interactive_forward(&input);
				CLAIM(input.header_size < FRAME_HEADER_SIZE && input.left <= TALK_MAX && input.at <= input.size);
			}
			if (bytes[sent] & 1)
				count += drain(program[0], got + count);
		}
		for (size_t i = 0; i < 2 * size + 2; i++)
			interactive_forward(&input);
		count += drain(program[0], got + count);
		CLAIM(!bad);
		size_t header = input.header_size;
		interactive_end(&input);
		if (header == 0) {
			interactive_discard_rest(&input);
			CLAIM(received == missing);
		}
	} else {
		CLAIM(bad);
		count += drain(program[0], got + count);
		interactive_end(&input);
	}
	CLAIM(count == wanted && memcmp(got, expected, count) == 0);
	close(host[0]);
	close(host[1]);
	close(program[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	try_file(bytes, size);
	try_run(bytes, size);
	try_warm(bytes, size);
	try_link(bytes, size);
	try_hello(bytes, size);
	try_result(bytes, size);
	try_stream(bytes, size);
	try_interactive(bytes, size);
	return 0;
}
