//: claim = "Is one off."
//: verdict = "WA"
//: reason_contains = ["differs"]
#include <bits/stdc++.h>

int main() {
    int n;
    long sum = 1;
    std::cin >> n;
    for (long x; n-- && std::cin >> x;) sum += x;
    std::cout << sum << '\n';
}
