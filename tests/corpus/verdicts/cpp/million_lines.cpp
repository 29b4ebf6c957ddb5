//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
#include <iostream>
#include <string>
int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    long long count, sum = 0, number;
    std::cin >> count;
    while (count-- > 0 && std::cin >> number) sum += number;
    std::cout << sum << "\n";
}
