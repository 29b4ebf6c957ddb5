/*
 * A command line for protocol.c, so that tests can compare it with the bytes in tests/golden/ and with
 * zuko/sandbox/protocol.py.
 *
 *   frames decode                 reads one request frame from stdin and prints its fields; prints what protocol.c
 *                                 objects to on stderr, exit status 1
 *   frames encode TYPE            writes the frame of that type, payload from stdin
 *   frames hello FIELD...         writes a hello frame; fields in the order of struct hello (detail is text)
 *   frames taken MODE NAME        writes a taken frame; content from stdin
 *   frames skipped WHY            writes a skipped frame; name from stdin
 *   frames result FIELD...        writes a result frame; fields in the order of struct result (detail is text), stdout
 *                                 and then stderr from stdin
 *
 * Fields are printed one a line, "name value", bytes in hexadecimal.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../protocol.h"

static uint8_t input[1 << 20];

static size_t read_all(void)
{
	size_t size = fread(input, 1, sizeof input, stdin);
	if (ferror(stdin) || !feof(stdin))
		errx(2, "cannot read all of standard input");
	return size;
}

static void put(const void *bytes, size_t size)
{
	if (size && fwrite(bytes, 1, size, stdout) != size)
		err(2, "write");
}

static void put_frame(uint8_t type, const void *head, size_t head_size, const void *tail, size_t tail_size)
{
	uint8_t header[FRAME_HEADER_SIZE];
	frame_header_encode((struct frame_header){.type = type, .length = (uint32_t)(head_size + tail_size)}, header);
	put(header, sizeof header);
	put(head, head_size);
	put(tail, tail_size);
}

static void print_hex(const char *name, const void *bytes, size_t size)
{
	printf("%s ", name);
	for (size_t i = 0; i < size; i++)
		printf("%02x", ((const uint8_t *)bytes)[i]);
	printf("\n");
}

static const char *print_file(const uint8_t *payload, size_t size)
{
	struct file_header file;
	const char *problem = file_header_decode(payload, size, &file);
	if (problem)
		return problem;
	printf("mode %u\n", file.mode);
	print_hex("name", file.name, strlen(file.name));
	print_hex("content", payload + file.size, size - file.size);
	return NULL;
}

/* Returns a buffer of exactly the required size, so that ASan reports one byte too many. */
static uint8_t *copy_of(const uint8_t *payload, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	if (!copy)
		err(2, "malloc");
	memcpy(copy, payload, size);
	return copy;
}

static void print_strings(const char *name, char **strings)
{
	for (; *strings; strings++)
		print_hex(name, *strings, strlen(*strings));
}

static const char *print_run(const uint8_t *payload, size_t size)
{
	static struct run_request run;
	uint8_t *copy = copy_of(payload, size);
	const char *problem = run_request_decode(copy, size, &run);
	if (!problem) {
		printf("wall_ms %u\ncpu_ms %u\nstdout_limit %u\nstderr_limit %u\nflush_signal %u\n", run.wall_ms,
		       run.cpu_ms, run.stdout_limit, run.stderr_limit, run.flush_signal);
		printf("again %d\ninteractive %d\nkeep_taken %d\nsend_taken %d\nlinked %d\n", run.again, run.interactive,
		       run.keep_taken, run.send_taken, run.linked);
		printf("merge %d\ncollect %d\nstreams %d\nstack_kb %u\nfile_kb %u\nprocesses %u\n", run.merge, run.collect,
		       run.streams, run.limits.stack_kb, run.limits.file_kb, run.limits.processes);
		printf("collect_bytes %u\ncollect_files %u\n", run.collect_bytes, run.collect_files);
		print_strings("arg", run.argv);
		print_strings("env", run.envp);
		print_strings("take", run.take);
	}
	free(copy);
	return problem;
}

static const char *print_warm(const uint8_t *payload, size_t size)
{
	static struct warm_request warm;
	uint8_t *copy = copy_of(payload, size);
	const char *problem = warm_request_decode(copy, size, &warm);
	if (!problem) {
		print_hex("path", warm.path, strlen(warm.path));
		print_strings("arg", warm.argv);
		print_strings("env", warm.envp);
	}
	free(copy);
	return problem;
}

static const char *print_link(const uint8_t *payload, size_t size)
{
	struct link_request link;
	const char *problem = link_request_decode(payload, size, &link);
	if (!problem) {
		printf("side %u\n", link.side);
		print_hex("name", link.name, strlen(link.name));
	}
	return problem;
}

static int decode(void)
{
	size_t size = read_all();
	if (size < FRAME_HEADER_SIZE)
		errx(2, "no frame");
	struct frame_header header = frame_header_decode(input);
	const uint8_t *payload = input + FRAME_HEADER_SIZE;
	size -= FRAME_HEADER_SIZE;
	if (size != header.length)
		errx(2, "%zu bytes of payload, %u announced", size, header.length);
	if (!frame_type_is_request(header.type))
		errx(1, "not a request");
	printf("frame %c\n", header.type);
	const char *problem = NULL;
	if (header.type == FRAME_FILE || header.type == FRAME_KEEP)
		problem = print_file(payload, size);
	else if (header.type == FRAME_RUN)
		problem = print_run(payload, size);
	else if (header.type == FRAME_WARM)
		problem = print_warm(payload, size);
	else if (header.type == FRAME_LINK)
		problem = print_link(payload, size);
	else
		print_hex("payload", payload, size);
	if (problem)
		errx(1, "%s", problem);
	return 0;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10); /* "-1" is UINT64_MAX, which a signed field truncates to -1 */
	if (end == text || *end)
		errx(2, "not a number: %s", text);
	return value;
}

static int encode_hello(char **field)
{
	struct hello hello = {
		.cpu_source = (uint8_t)number(field[0]),
		.filter_mode = (uint8_t)number(field[1]),
		.counts_oom_kills = number(field[2]),
		.grade = (uint8_t)number(field[3]),
		.uid = (uint32_t)number(field[4]),
	};
	snprintf(hello.detail, sizeof hello.detail, "%s", field[5]);
	uint8_t payload[HELLO_MAX];
	put_frame(FRAME_HELLO, payload, hello_encode(&hello, payload), NULL, 0);
	return 0;
}

static int encode_result(char **field)
{
	struct result result = {
		.cause = (uint8_t)number(field[0]),
		.cpu_source = (uint8_t)number(field[1]),
		.stdout_truncated = number(field[2]),
		.stderr_truncated = number(field[3]),
		.again = number(field[4]),
		.heard = (uint8_t)number(field[5]),
		.exit_code = (int32_t)number(field[6]),
		.signal = (int32_t)number(field[7]),
		.cpu_ns = number(field[8]),
		.wall_ns = number(field[9]),
		.peak_rss_bytes = number(field[10]),
		.oom_kills = (uint32_t)number(field[11]),
		.stdout_size = (uint32_t)number(field[13]),
		.stderr_size = (uint32_t)number(field[14]),
	};
	snprintf(result.detail, sizeof result.detail, "%s", field[12]);
	uint8_t payload[RESULT_MAX];
	size_t size = result_encode(&result, payload);
	put_frame(FRAME_RESULT, payload, size, input, read_all());
	return 0;
}

static int encode_skipped(char **field)
{
	uint8_t payload[SKIPPED_MAX];
	size_t size = read_all();
	input[size] = '\0';
	put_frame(FRAME_SKIPPED, payload, skipped_encode(field[0], (const char *)input, payload), NULL, 0);
	return 0;
}

static int encode_taken(char **field)
{
	uint8_t head[4 + NAME_MAX_BYTES];
	size_t size = file_header_encode((uint16_t)number(field[0]), field[1], head);
	put_frame(FRAME_TAKEN, head, size, input, read_all());
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "decode") == 0)
		return decode();
	if (argc == 3 && strcmp(argv[1], "encode") == 0) {
		size_t size = read_all();
		put_frame((uint8_t)argv[2][0], input, size, NULL, 0);
		return 0;
	}
	if (argc == 2 + 6 && strcmp(argv[1], "hello") == 0)
		return encode_hello(argv + 2);
	if (argc == 2 + 2 && strcmp(argv[1], "taken") == 0)
		return encode_taken(argv + 2);
	if (argc == 2 + 1 && strcmp(argv[1], "skipped") == 0)
		return encode_skipped(argv + 2);
	if (argc == 2 + 15 && strcmp(argv[1], "result") == 0)
		return encode_result(argv + 2);
	errx(2, "usage: frames decode | encode TYPE | hello FIELD... | taken MODE NAME | skipped WHY | result FIELD...");
}
