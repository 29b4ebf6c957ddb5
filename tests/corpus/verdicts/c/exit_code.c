//: claim = "Prints the right answer, and ends with an exit code that is not 0."
//: verdict = "RTE"
//: reason_contains = ["exit code 3"]
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n;
    long sum = 0, x;
    scanf("%d", &n);
    while (n--) scanf("%ld", &x), sum += x;
    printf("%ld\n", sum);
    return 3;
}
