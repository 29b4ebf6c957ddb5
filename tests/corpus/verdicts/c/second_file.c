//: claim = "Calls a function of another file of the program."
//: verdict = "AC"
//: files = { "lib/total.c" = "long total(long a, long b) { return a + b; }\n", "total.h" = "long total(long a, long b);\n" }
#include "total.h"

#include <stdio.h>
int main(void) {
    long number, sum = 0;
    if (scanf("%ld", &number) != 1) return 1;
    while (scanf("%ld", &number) == 1) sum = total(sum, number);
    printf("%ld\n", sum);
}
