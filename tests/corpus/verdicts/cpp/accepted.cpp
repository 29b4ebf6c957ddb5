//: claim = "Adds the numbers up."
//: verdict = "AC"
#include <bits/stdc++.h>

int main() {
    int n;
    long sum = 0;
    std::cin >> n;
    for (long x; n-- && std::cin >> x;) sum += x;
    std::cout << sum << '\n';
}
