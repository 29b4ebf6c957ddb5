//: claim = "Divides by zero."
//: verdict = "RTE"
//: reason_contains = ["SIGFPE"]
#include <cstdio>
#include <cstdlib>

int main() {
    volatile int one = 1, zero = 0;
    printf("%d\n", one / zero);
}
