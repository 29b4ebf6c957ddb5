#include <bits/stdc++.h>

int main()
{
    std::size_t n;
    std::cin >> n;
    std::vector<long long> values(n);
    std::generate(values.begin(), values.end(), [value = 1LL]() mutable { return value = value * 48271 % 2147483647; });
    std::sort(values.begin(), values.end());
    long long checksum = 0;
    std::unordered_set<long long> distinct;
    std::map<long long, int> counts;
    for (std::size_t at = 0; at < n; at++) {
        checksum = (checksum + static_cast<long long>(at + 1) * values[at]) % 1'000'000'007;
        distinct.insert(values[at] % 100'000);
        counts[values[at] % 1000]++;
    }
    auto [mode, count] = *std::max_element(
        counts.begin(), counts.end(), [](const auto &one, const auto &other) { return one.second < other.second; });
    std::cout << distinct.size() << ' ' << checksum << ' ' << mode << ' ' << count << '\n';
}
