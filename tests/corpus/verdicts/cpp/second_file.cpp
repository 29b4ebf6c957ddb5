//: claim = "Calls a function of another file of the program."
//: verdict = "AC"
//: files = { "lib/total.cpp" = "long total(long a, long b) { return a + b; }\n", "total.h" = "long total(long a, long b);\n" }
#include "total.h"

#include <iostream>
int main() {
    long count, number, sum = 0;
    std::cin >> count;
    while (std::cin >> number) sum = total(sum, number);
    std::cout << sum << "\n";
}
