//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
#include <bits/stdc++.h>

int main() {
    std::vector<std::string> blocks;
    for (int i = 0; i < 1024; i++) blocks.emplace_back(1 << 20, 'x');
    std::cout << blocks.size() << '\n';
}
