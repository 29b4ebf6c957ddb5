#include <stdio.h>

int main(int argc, char **argv)
{
	long given, answer;
	FILE *input = argc > 1 ? fopen(argv[1], "r") : NULL;
	if (!input || fscanf(input, "%ld", &given) != 1)
		return 1;
	return scanf("%ld", &answer) == 1 && answer == 2 * given ? 42 : 43;
}
