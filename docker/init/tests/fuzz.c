/*
 * Fuzzes everything in zuko-init that reads bytes from the host.
 *
 * Reads each input three times: as one payload, by each decoder; as a stream of frames, as the main loop does; and as
 * the input of an interactive run (interactive.c), in pieces and into a pipe that is read now and then. Payloads are
 * copied to buffers of exactly their size, so that ASan reports one byte too many. Aborts if a decoder accepts a
 * payload and breaks a promise to its caller.
 *
 *   make fuzz             runs clang's libFuzzer for FUZZ_SECONDS, starting from tests/golden/
 *   fuzz-replay [--runs N] [--seed S] FILE...
 *                         works without clang: reads each file as it is, then N mutations of them. The same seed
 *                         makes the same inputs. A failure prints the number of its mutation: --runs repeats it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
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

static unsigned long run_number; /* mutation of fuzz-replay; 0: files as they are */

static void say_run(void)
{
	fprintf(stderr, "run %lu\n", run_number);
}

__attribute__((noreturn)) static void broken(const char *claim)
{
	fprintf(stderr, "does not hold: %s\n", claim);
	say_run();
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
	if (link_request_decode(bytes, size, &link) == NULL)
		CLAIM(strlen(link.name) == size - 1 && size - 1 <= LINK_NAME_MAX);
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

#ifdef FUZZ_REPLAY

#define FILES_MAX 256
#define SEED_MAX 4096u

static struct seed {
	uint8_t bytes[SEED_MAX];
	size_t size;
} seeds[FILES_MAX];
static size_t seed_count;

static uint64_t random_state;

/* xorshift64* (Vigna 2016) returns the same numbers on every machine. */
static uint32_t random_below(uint32_t bound)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dull) >> 32) % bound;
}

static void load(const char *path)
{
	if (seed_count == FILES_MAX)
		errx(2, "more than %d files", FILES_MAX);
	FILE *file = fopen(path, "rb");
	if (!file)
		err(2, "%s", path);
	struct seed *seed = &seeds[seed_count++];
	seed->size = fread(seed->bytes, 1, sizeof seed->bytes, file);
	if (ferror(file))
		err(2, "%s", path);
	fclose(file);
}

/* Makes one change, of a kind that finds errors in length-prefixed formats. */
static void mutate(struct seed *input)
{
	static const uint8_t edges[] = {0, 1, 2, 3, 4, 5, 22, 23, 64, 65, 127, 128, 200, 254, 255};
	uint32_t at = input->size ? random_below((uint32_t)input->size) : 0;
	const struct seed *other = &seeds[random_below((uint32_t)seed_count)];
	size_t part;
	switch (random_below(7)) {
	case 0: /* a bit */
		input->bytes[at] ^= (uint8_t)(1u << random_below(8));
		break;
	case 1: /* a byte that is often a bound */
		input->bytes[at] = edges[random_below(sizeof edges)];
		break;
	case 2: /* any byte */
		input->bytes[at] = (uint8_t)random_below(256);
		break;
	case 3: /* cut off */
		input->size = at;
		break;
	case 4: /* take a piece out */
		part = random_below((uint32_t)(input->size - at) + 1);
		memmove(input->bytes + at, input->bytes + at + part, input->size - at - part);
		input->size -= part;
		break;
	case 5: /* the beginning of another seed from here on */
		part = other->size < SEED_MAX - at ? other->size : SEED_MAX - at;
		memcpy(input->bytes + at, other->bytes, part);
		input->size = at + part;
		break;
	default: /* one more byte */
		if (input->size < SEED_MAX)
			input->bytes[input->size++] = (uint8_t)random_below(256);
	}
}

int main(int argc, char **argv)
{
	unsigned long runs = 0;
	random_state = 1;
	__sanitizer_set_death_callback(say_run);
	for (int i = 1; i < argc; i++) {
		if (i + 1 < argc && strcmp(argv[i], "--runs") == 0)
			runs = strtoul(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
			random_state = strtoull(argv[++i], NULL, 10);
		else
			load(argv[i]);
	}
	if (seed_count == 0 || random_state == 0)
		errx(2, "usage: fuzz-replay [--runs N] [--seed S] FILE... (S is not 0)");
	for (size_t i = 0; i < seed_count; i++)
		LLVMFuzzerTestOneInput(seeds[i].bytes, seeds[i].size);
	for (run_number = 1; run_number <= runs; run_number++) {
		static struct seed input;
		input = seeds[random_below((uint32_t)seed_count)];
		for (uint32_t changes = 1 + random_below(6); changes > 0; changes--)
			mutate(&input);
		LLVMFuzzerTestOneInput(input.bytes, input.size);
	}
	printf("%zu files, %lu mutations\n", seed_count, runs);
	return 0;
}

#endif
