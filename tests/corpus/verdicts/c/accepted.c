//: claim = "Adds the numbers up."
//: verdict = "AC"
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n;
    long sum = 0, x;
    scanf("%d", &n);
    while (n--) scanf("%ld", &x), sum += x;
    printf("%ld\n", sum);
}
