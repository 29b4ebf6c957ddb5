#include <math.h> /* linked without being asked for */
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	long first = *(const long *)a, second = *(const long *)b;
	return (first > second) - (first < second);
}

int main(void)
{
	int n;
	if (scanf("%d", &n) != 1)
		return 1;
	long *values = malloc((size_t)n * sizeof *values), value = 1, checksum = 0;
	static char seen[100000];
	static int counts[1000];
	int distinct = 0, mode = 0;
	for (int i = 0; i < n; i++)
		values[i] = value = value * 48271 % 2147483647;
	qsort(values, (size_t)n, sizeof *values, compare);
	for (int i = 0; i < n; i++) {
		checksum = (checksum + (i + 1) * values[i]) % 1000000007;
		distinct += !seen[values[i] % 100000];
		seen[values[i] % 100000] = 1;
		counts[values[i] % 1000]++;
	}
	for (int i = 1; i < 1000; i++)
		if (counts[i] > counts[mode])
			mode = i;
	printf("%d %ld %d %.0f\n", distinct, checksum, mode, fabs(remainder(counts[mode], 1e9)));
	free(values);
}
