//: claim = "Does not catch an exception."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
#include <bits/stdc++.h>

int main() {
    std::vector<int> empty;
    return empty.at(1);
}
