/* Like the testlib.h of 2019 to 2023, it has a type of <cstdint> that no header of GCC 13 brings along. */
#include <cstdio>
#include <cstdlib>

static uint64_t number(FILE *file)
{
	unsigned long read;
	if (!file || fscanf(file, "%lu", &read) != 1)
		exit(3);
	return uint64_t(read);
}
