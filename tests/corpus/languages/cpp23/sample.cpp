#include <bits/stdc++.h>

int main()
{
    std::size_t n;
    std::cin >> n;
    std::vector<long long> values(n);
    std::ranges::generate(values, [value = 1LL]() mutable { return value = value * 48271 % 2147483647; });
    std::ranges::sort(values);
    long long checksum = 0;
    std::unordered_set<long long> distinct;
    std::map<long long, int> counts;
    for (auto at = 0uz; at < n; at++) {
        checksum = (checksum + static_cast<long long>(at + 1) * values[at]) % 1'000'000'007;
        distinct.insert(values[at] % 100'000);
        counts[values[at] % 1000]++;
    }
    auto [mode, count] = *std::ranges::max_element(counts, {}, [](const auto &item) { return item.second; });
    std::cout << distinct.size() << ' ' << checksum << ' ' << mode << ' ' << count << '\n';
}
