/*
 * Fuzzing without clang: reads each file as it is, then N mutations of them (fuzz.c).
 *
 *   fuzz-replay [--runs N] [--seed S] FILE...
 *
 * The same seed makes the same inputs. A failure prints the number of its mutation: --runs repeats it.
 */
#include <err.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size); /* of fuzz.c, under the name that libFuzzer calls */

#define FILES_MAX 256
#define SEED_MAX 4096u

static struct seed {
	uint8_t bytes[SEED_MAX];
	size_t size;
} seeds[FILES_MAX];
static size_t seed_count;

static unsigned long run_number; /* mutation; 0: files as they are */
static uint64_t random_state;

static void say_run(void)
{
	fprintf(stderr, "run %lu\n", run_number);
}

/* A claim that does not hold aborts. */
static void say_run_at_abort(int signal)
{
	(void)signal;
	say_run();
}

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
	signal(SIGABRT, say_run_at_abort);
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
