#include <bits/stdc++.h>

int main()
{
    std::string name;
    std::getline(std::cin, name);
    const bool concept = true; // a name, before C++20
    std::cout << "Hello, " << (concept ? name : "") << "!" << std::endl;
}
