//: claim = "Asks for more memory than there are addresses: an exception of its own, whatever the limit."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
#include <bits/stdc++.h>

int main() {
    volatile long size = 1L << 50;
    std::vector<char> block(size);
    std::cout << block[size / 2];
}
