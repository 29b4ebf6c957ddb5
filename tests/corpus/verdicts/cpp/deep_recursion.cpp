//: claim = "Recurses a million calls deep, as a search in a long path does: a stack has no limit but memory's."
//: verdict = "AC"
//: memory_limit_kb = 131072
#include <cstdio>
#include <cstdlib>

static long deep(long n) {
    volatile long data = n;
    return n ? deep(n - 1) + (data - n) : 0;
}

int main() {
    int n;
    long sum = 0, x;
    scanf("%d", &n);
    while (n--) scanf("%ld", &x), sum += x;
    printf("%ld\n", sum + deep(1000000));
}
