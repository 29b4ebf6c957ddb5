#include "testlib.h"

int main()
{
	uint64_t secret = number(stdin);
	return 1 <= secret && secret <= 100 ? 0 : 3;
}
