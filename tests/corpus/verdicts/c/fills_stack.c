//: claim = "Recurses until memory is full."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
#include <stdio.h>
#include <stdlib.h>

static long deep(long n) {
    volatile char data[4096];
    data[0] = (char)n;
    return n ? deep(n - 1) + data[0] : 0;
}

int main(void) {
    printf("%ld\n", deep(1 << 18));
}
