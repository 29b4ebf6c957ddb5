//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
#include <stdio.h>
int main(void) {
    long count, number, sum = 0;
    if (scanf("%ld", &count) != 1) return 1;
    while (count-- > 0 && scanf("%ld", &number) == 1) sum += number;
    printf("%ld\n", sum);
}
