//: claim = "Reserves far more than its memory limit, and touches none of it."
//: verdict = "AC"
//: memory_limit_kb = 32768
#include <bits/stdc++.h>

int main() {
    char *volatile reserved = static_cast<char *>(malloc(1 << 30));
    int n;
    long sum = reserved ? 0 : 1;
    std::cin >> n;
    for (long x; n-- && std::cin >> x;) sum += x;
    std::cout << sum << '\n';
}
