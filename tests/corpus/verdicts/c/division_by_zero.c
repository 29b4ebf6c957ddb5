//: claim = "Divides by zero."
//: verdict = "RTE"
//: reason_contains = ["SIGFPE"]
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    volatile int one = 1, zero = 0;
    printf("%d\n", one / zero);
}
