// No more guesses than the answer says.
#include "testlib.h"

int main(int, char **argv)
{
	uint64_t needed = number(fopen(argv[2], "r")), allowed = number(fopen(argv[3], "r"));
	fprintf(stderr, "%lu guesses\n", (unsigned long)needed);
	return needed <= allowed ? 0 : 1;
}
