//: claim = "Is one off."
//: verdict = "WA"
//: reason_contains = ["differs"]
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n;
    long sum = 0, x;
    scanf("%d", &n);
    while (n--) scanf("%ld", &x), sum += x;
    printf("%ld\n", sum + 1);
}
